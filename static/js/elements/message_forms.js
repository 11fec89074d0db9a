// Forms in a conversation that are posted without leaving the page.
import { emit, fromHTML, rest } from "../helpers/dom.js";
import { submit } from "../helpers/http.js";

// <message-form>: a form about a turn. A button with data-leaves is left to the browser.
//
// Emits `turn-taken` (the server's reply), or `turn-refused` (status) and `sentence` (text).
const TURNS = "[data-turns] > .message[data-id]";

class MessageForm extends HTMLElement {
  constructor() {
    super();
    this.addEventListener("submit", (event) => this.#submit(event));
  }

  async #submit(event) {
    const { submitter } = event;
    const turns = [...document.querySelectorAll(TURNS)];
    if (submitter?.hasAttribute("data-leaves") || !turns.length) return;
    if (this.ariaBusy) return event.preventDefault();
    const place = turns.indexOf(this.closest(".message"));
    const top = submitter?.getBoundingClientRect().top;
    this.ariaBusy = "true";
    // The page may end before the conversation does, or be kept from going on by a form.
    const head = document.querySelector("[data-later], .inline") ? "" : turns.at(-1).dataset.id;
    const reply = await submit(event, { head });
    this.ariaBusy = null;
    if (!reply.ok) return this.#refused(reply);
    if (reply.data.reload) return location.assign(reply.data.reload);
    emit(this, "sentence", { text: "" });
    emit(this, "turn-taken", reply.data);
    goOn(document.querySelectorAll(TURNS)[place], submitter?.dataset.step, top);
  }

  #refused({ sentence, status }) {
    emit(this, "turn-refused", { status });
    emit(document, "sentence", { text: sentence });
  }
}

// Whoever pages through versions finds the same button under their hand; else the box waits.
function goOn(turn, step, top) {
  if (!step || !turn) return rest();
  const button = turn.querySelector(`[data-step=${step}]:not(:disabled)`) ?? turn.querySelector("[data-step]:not(:disabled)");
  button.focus({ preventScroll: true });
  window.scrollBy({ top: button.getBoundingClientRect().top - top, behavior: "instant" });
}

customElements.define("message-form", MessageForm);

// <turn-queue>: what waits for the end of an answer. Its new state comes with `turn-queued` and
// `conversation-state`, each with `queue` (HTML).
class TurnQueue extends HTMLElement {
  #html = this.innerHTML;

  connectedCallback() {
    this.addEventListener("submit", (event) => this.#act(event));
    for (const name of ["turn-queued", "conversation-state"]) {
      document.addEventListener(name, ({ detail }) => this.#show(detail.queue));
    }
  }

  async #act(event) {
    const { submitter } = event;
    if (this.ariaBusy) return event.preventDefault();
    this.ariaBusy = "true";
    const reply = await submit(event);
    this.ariaBusy = null;
    emit(this, "sentence", { text: reply.sentence });
    if (reply.ok) this.#show(reply.data.queue);
    if (reply.ok && "edit" in submitter.dataset) this.#takeBack(reply.data);
    // Whether or not it was still there, what the server has now is what counts.
    emit(this, "doorbell", { conversation: "" });
  }

  #show(html) {
    if (html === undefined || withoutTokens(html) === withoutTokens(this.#html)) return;
    this.#html = html;
    const place = this.#focused();
    this.innerHTML = html;
    if (place) (this.querySelector(place) ?? document.getElementById("message")).focus({ preventScroll: true });
  }

  #focused() {
    const button = this.contains(document.activeElement) && document.activeElement;
    return button && `[formaction="${button.getAttribute("formaction")}"]`;
  }

  // Back into the box, before what is half-written there.
  #takeBack({ text, files }) {
    const box = document.getElementById("message");
    box.value = box.value.trim() ? `${text}\n\n${box.value}` : text;
    box.dispatchEvent(new InputEvent("input", { bubbles: true }));
    box.focus();
    emit(this, "turn-taken-back", { files });
  }
}

function withoutTokens(html) {
  return html.replace(/value="\w{64}"/g, "").trim();
}

customElements.define("turn-queue", TurnQueue);

// <answer-feedback>: thumbs for an answer, and after one down the question why.
class AnswerFeedback extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", (event) => this.#tell(event));
  }

  async #tell(event) {
    const { target: form, submitter } = event;
    const isThumb = form.matches(".feedback__thumbs");
    const reply = await submit(event);
    emit(this, "sentence", { text: reply.sentence });
    if (!reply.ok) return;
    const fresh = fromHTML(reply.data.html);
    this.replaceWith(fresh);
    fresh.querySelector(isThumb ? `[name=verdict].${submitter.classList[1] ?? "icon-button"}` : ".feedback__why").focus();
    if (isThumb && submitter.value === "bad") fresh.querySelector("[popover]").showPopover();
  }
}

customElements.define("answer-feedback", AnswerFeedback);
