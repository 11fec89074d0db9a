// Pieces of text with the times at which they came, and the element that shows those before a moment:
// as text, in parts of whole lines, so that a long answer is not laid out anew with each word.
import { make } from "../helpers/dom.js";
import { countWords } from "../models/words.js";

const PART = 4000; // characters

export class Track {
  #element;
  #times = [];
  #text = [];
  #counts = [];
  #shown = 0;
  #now = 0;
  count = 0;

  // `at`: milliseconds since the piece before.
  constructor(element, { at, text }) {
    this.#element = element;
    this.#text = text;
    let [time, end] = [0, ""];
    for (let n = 0; n < text.length; n++) {
      this.#times.push((time += at[n]));
      this.#counts.push(countWords(end + text[n]) - countWords(end));
      end = (end + text[n]).slice(-2);
    }
    element.replaceChildren();
  }

  get isHeard() {
    return this.#shown > 0;
  }

  // How long nothing has come, in milliseconds.
  get silence() {
    return this.#now - (this.#times[this.#shown - 1] ?? 0);
  }

  show(now) {
    const wanted = this.#before(now);
    this.#now = now;
    if (wanted < this.#shown) this.#clear();
    if (wanted === this.#shown) return;
    this.#append(this.#text.slice(this.#shown, wanted).join(""));
    for (let n = this.#shown; n < wanted; n++) this.count += this.#counts[n];
    this.#shown = wanted;
  }

  #clear() {
    this.#element.replaceChildren();
    this.#shown = this.count = 0;
  }

  #append(text) {
    let rest = text;
    while (rest) {
      const last = this.#element.lastChild;
      const isFull = last?.firstChild.length > PART && last.textContent.endsWith("\n");
      const part = last && !isFull ? last : this.#element.appendChild(make("span", { className: "part" }, ""));
      if (!part.firstChild) part.append(document.createTextNode(""));
      const room = rest.indexOf("\n", Math.max(0, PART - part.firstChild.length));
      const cut = room < 0 ? rest.length : room + 1;
      part.firstChild.appendData(rest.slice(0, cut));
      rest = rest.slice(cut);
    }
  }

  // How many pieces had come by then.
  #before(now) {
    let [low, high] = [0, this.#times.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#times[middle] <= now) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
