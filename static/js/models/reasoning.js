// What a model thinks aloud, folded above its answer. It enters the page only while it is unfolded,
// and at most its last MOST characters: the whole is there once the answer has ended.
import { fill, gettext } from "../helpers/language.js";
import { seconds } from "../helpers/time.js";

const MOST = 30_000;
const EDGE = 24;

export class Reasoning {
  #details;
  #title;
  #box;
  #text;
  #unseen = "";
  #frame = 0;
  #began = null;
  isHeard;

  constructor(details) {
    this.#details = details;
    this.#title = details.querySelector("summary");
    this.#box = details.querySelector(".reasoning__text");
    this.#text = document.createTextNode(this.#box.textContent);
    this.#box.replaceChildren(this.#text);
    this.isHeard = this.#text.length > 0;
    details.addEventListener("toggle", () => this.#show());
  }

  get isThoughts() {
    return "thoughts" in this.#details.dataset;
  }

  add(text) {
    if (!this.isHeard) this.#began = performance.now();
    this.isHeard = true;
    this.#details.hidden = false;
    this.#unseen = (this.#unseen + text).slice(-MOST);
    if (this.#details.open) this.#frame ||= requestAnimationFrame(() => this.#show());
  }

  // The first word of the answer is there: the thinking is over, as far as one can tell.
  end() {
    if (!this.isHeard || !this.isThoughts || this.#title.dataset.ended) return;
    this.#title.dataset.ended = "";
    const time = this.#began && seconds(performance.now() - this.#began);
    this.#title.textContent = time ? fill(gettext("Thought for %(s)s s"), { s: time }) : gettext("Thought");
  }

  #show() {
    this.#frame = 0;
    if (!this.#details.open || !this.#unseen) return;
    const isAtEnd = this.#box.scrollHeight - this.#box.clientHeight - this.#box.scrollTop < EDGE;
    this.#text.appendData(this.#unseen);
    this.#unseen = "";
    const over = this.#text.length - MOST;
    if (over > 0) this.#text.replaceData(0, over + 1, "…");
    if (isAtEnd) this.#box.scrollTop = this.#box.scrollHeight;
  }
}
