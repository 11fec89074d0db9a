// The thin line under an answer. It says what was measured and nothing else.
import { seconds } from "../helpers/time.js";

export class Meter {
  #element;
  #asked;
  #first = null;
  #heard = 0;
  #words;
  #waiting;
  #isLost = false;
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
    this.#waiting = reason || "Waiting";
  }

  hear(words) {
    if (this.#first === null) {
      this.#first = { at: performance.now(), seen: this.#words === 0, words };
    }
    this.#isLost = false;
    this.#heard = words - this.#first.words;
    this.#words = words;
  }

  lose() {
    this.#isLost = true;
  }

  find() {
    this.#isLost = false;
  }

  stop() {
    clearInterval(this.#timer);
  }

  #show() {
    this.#element.textContent = this.#isLost ? "Connection lost, reconnecting" : this.#sentence();
  }

  #sentence() {
    const now = performance.now();
    if (!this.#words) return `${this.#waiting}, ${seconds(now - this.#asked)} s`;
    const parts = [];
    if (this.#first?.seen) parts.push(`first word after ${seconds(this.#first.at - this.#asked)} s`);
    parts.push(this.#words === 1 ? "1 word" : `${this.#words} words`);
    const span = this.#first ? now - this.#first.at : 0;
    if (span > 1000 && this.#heard) parts.push(`${Math.round((this.#heard * 1000) / span)} words/s`);
    return parts.join(" · ");
  }
}
