// The words of an answer as they come: each enters as a text node, none is changed or invented.
// A new word fades in inside a <span>; then it joins the one text node of the settled words.

const MOST_FADING = 40; // beyond, words come too fast for the eye
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export class Words {
  #body;
  #settled;
  #last;
  count;

  constructor(body) {
    this.#body = body;
    this.#settled = document.createTextNode(body.textContent);
    body.replaceChildren(this.#settled);
    this.count = countWords(this.#settled.data);
    this.#last = this.#settled.data.slice(-1);
    body.addEventListener("animationend", (event) => this.#settle(event.target));
  }

  add(text) {
    this.#count(text);
    if (calm.matches || document.hidden || this.#body.childElementCount > MOST_FADING) return this.#addAtOnce(text);
    const word = document.createElement("span");
    word.className = "word";
    word.append(text);
    this.#body.append(word);
  }

  #addAtOnce(text) {
    this.#settle(this.#body.lastElementChild);
    this.#settled.appendData(text);
  }

  // Every word up to and with this one joins the settled text, in order.
  #settle(last) {
    if (last?.parentNode !== this.#body) return;
    let word;
    do {
      word = this.#settled.nextSibling;
      this.#settled.appendData(word.textContent);
      word.remove();
    } while (word !== last);
  }

  #count(text) {
    const isContinued = /\S/.test(this.#last) && /^\S/.test(text);
    this.count += countWords(text) - (isContinued ? 1 : 0);
    this.#last = text.slice(-1) || this.#last;
  }
}

function countWords(text) {
  return text.match(/\S+/g)?.length ?? 0;
}
