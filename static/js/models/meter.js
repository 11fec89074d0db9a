// The thin line under an answer. It says what was measured and nothing else.
import { fill, gettext, ngettext } from "../helpers/language.js";
import { seconds } from "../helpers/time.js";

const STALLED = 5000; // without a word, once words came

export class Meter {
  #element;
  #asked;
  #first = null;
  #lastAt = performance.now();
  #heard = 0;
  #words;
  #waiting;
  isLost = false;
  #timer;

  // `age`: milliseconds since the question, by the server's clock. `words`: those there already.
  constructor(element, age, words) {
    this.#element = element;
    this.#asked = performance.now() - age;
    this.#words = words;
    this.wait(element.dataset.waiting);
    this.#timer = setInterval(() => this.#show(), 250);
    this.#show();
  }

  // Why there is no word yet, in words.
  wait(reason) {
    this.#waiting = reason || gettext("Waiting");
    this.#lastAt = performance.now();
  }

  hear(words) {
    this.#lastAt = performance.now();
    if (this.#first === null) {
      this.#first = { at: this.#lastAt, seen: this.#words === 0, words };
    }
    this.isLost = false;
    this.#heard = words - this.#first.words;
    this.#words = words;
  }

  stop() {
    clearInterval(this.#timer);
  }

  #show() {
    const sentence = this.isLost ? gettext("Connection lost, reconnecting") : this.#sentence();
    if (this.#element.textContent !== sentence) this.#element.textContent = sentence;
  }

  #sentence() {
    const now = performance.now();
    if (!this.#words) return fill(gettext("%(waiting)s, %(s)s s"), { waiting: this.#waiting, s: seconds(now - this.#asked) });
    const silence = now - this.#lastAt;
    if (silence >= STALLED) return fill(gettext("No word for %(s)s s"), { s: Math.floor(silence / 1000) });
    const parts = [];
    if (this.#first?.seen) parts.push(fill(gettext("first word after %(s)s s"), { s: seconds(this.#first.at - this.#asked) }));
    parts.push(fill(ngettext("%(n)s word", "%(n)s words", this.#words), { n: this.#words }));
    const span = this.#first ? now - this.#first.at : 0;
    if (span > 1000 && this.#heard) parts.push(fill(gettext("%(n)s words/s"), { n: Math.round((this.#heard * 1000) / span) }));
    return parts.join(" · ");
  }
}
