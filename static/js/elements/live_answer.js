// <live-answer data-url data-stop-url data-waiting-url data-stream-url data-cursor data-age data-source
// data-at data-blocks>: an answer that is being written. It hears the stream from the cursor on and, at
// the end, becomes the rendered message. Without a stream it asks for that until it is there. Its
// `source` is exactly the words that were heard so far.
//
// Emits `answer-began` (stopUrl), `answer-ended` (sentence) and `answer-settled` (article).
import { Place } from "../helpers/become.js";
import { emit, fromHTML } from "../helpers/dom.js";
import { getText } from "../helpers/http.js";
import { fill, gettext, ngettext } from "../helpers/language.js";
import { backoff, wait } from "../helpers/time.js";
import { EventStream } from "../models/event_stream.js";
import { Meter } from "../models/meter.js";
import { Reasoning } from "../models/reasoning.js";
import { countWords, Words } from "../models/words.js";

const ASK_AGAIN = 2000;

class LiveAnswer extends HTMLElement {
  #stream;
  #words;
  #reasoning;
  #meter;
  #isOver = false;

  connectedCallback() {
    const { age, at, blocks, cursor, source, stopUrl, streamUrl } = this.dataset;
    const body = this.querySelector(".message__body");
    this.#words = new Words(body, { source, at: Number(at), blocks: Number(blocks) });
    this.#reasoning = new Reasoning(this.querySelector(".reasoning"));
    this.#meter = new Meter(this.querySelector("[data-meter]"), Number(age), this.#words.count);
    if (this.#words.count) this.#reasoning.end();
    else if (this.#reasoning.isHeard) this.#think("");
    this.#stream = new EventStream(streamUrl, cursor, () => this.#having);
    const listening = {
      output: (text) => this.#hear(text),
      rendered: (look) => this.#words.look(JSON.parse(look)),
      logs: (text) => this.#think(text),
      open: () => (this.#meter.isLost = false),
      lost: () => (this.#meter.isLost = true),
      closed: () => this.check(),
      done: () => this.#settle(),
    };
    for (const [name, hear] of Object.entries(listening)) this.#stream.addEventListener(name, ({ detail }) => hear(detail));
    if (streamUrl) this.#stream.open();
    else this.#settle();
    emit(this, "answer-began", { stopUrl });
    this.#watchTheWait();
  }

  disconnectedCallback() {
    this.#isOver = true;
    this.#stream.close();
    this.#meter.stop();
  }

  get blocks() {
    return this.#words.blocks;
  }

  get source() {
    return this.#words.source;
  }

  // Ask the server whether the answer still runs, and end here if it does not.
  async check(isSecond = false) {
    const html = await getText(this.dataset.url);
    if (html === null && isSecond) return this.#end(null);
    // A login in another tab changes whose it is, and the cookie a moment later.
    if (html === null) return wait(ASK_AGAIN).then(() => this.check(true));
    const article = html && fromHTML(html);
    if (article && !("running" in article.dataset)) this.#end(article);
  }

  get #having() {
    const { blocks, isPlain } = this.#words;
    return isPlain ? { plain: 1 } : { blocks };
  }

  #hear(text) {
    this.#reasoning.end();
    this.#words.add(text);
    this.#meter.hear(this.#words.count);
  }

  #think(text) {
    this.#reasoning.add(text);
    this.#meter.wait(this.#reasoning.isThoughts ? gettext("Thinking") : gettext("Running"));
  }

  // Why there is nothing yet: a place in line, a model that starts.
  async #watchTheWait() {
    for (;;) {
      await wait(ASK_AGAIN);
      if (this.#isOver || this.#words.count || this.#reasoning.isHeard) return;
      const reply = document.hidden || (await getText(this.dataset.waitingUrl));
      if (this.#isOver || this.#reasoning.isHeard) return;
      if (typeof reply === "string") this.#meter.wait(JSON.parse(reply).waiting);
    }
  }

  // The words are complete: their rendered form follows, however long that takes.
  async #settle() {
    this.#stream.close();
    for (let attempt = 0; !this.#isOver; attempt++) {
      await this.check();
      if (!this.#isOver) await wait(backoff(attempt));
    }
  }

  #end(article) {
    if (this.#isOver) return;
    const old = this.closest(".message");
    const sentence = article?.querySelector(".message__end p")?.textContent;
    article ??= gone(old);
    if ("fresh" in old.dataset) article.dataset.fresh = "";
    const details = article.querySelector(".reasoning");
    if (details) details.open = old.querySelector(".reasoning").open;
    const body = this.querySelector(".message__body");
    const place = new Place(body);
    const focused = ["summary", ".message__foot .copy"].find((each) => this.querySelector(`${each}:focus`));
    emit(old, "answer-ended", { article, sentence: sentence || done(article) });
    if (focused) article.querySelector(focused)?.focus({ preventScroll: true });
    const fresh = article.isConnected && article.querySelector(".message__body");
    if (!fresh || this.#words.isPlain) return;
    this.#words.finish(fresh);
    fresh.replaceWith(body);
    place.restore();
  }
}

// How long it is, for those who do not see it; never the words.
function done(article) {
  const n = countWords(article.querySelector(".message__body").textContent);
  return fill(ngettext("Done, %(n)s word", "Done, %(n)s words", n), { n });
}

// The conversation was deleted, or belongs to somebody else now: the words stay, the stream ends.
function gone(message) {
  const article = message.cloneNode(true);
  const said = article.querySelectorAll(".reasoning, .message__body");
  article.querySelector("live-answer").replaceWith(...said);
  delete article.dataset.running;
  article.dataset.status = "aborted";
  return article;
}

customElements.define("live-answer", LiveAnswer);
