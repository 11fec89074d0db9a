// The words of an answer as they come. The server renders them, block by block; what it has not
// rendered yet stands at the end as text nodes, each word as it came, and fades in. Words with markup
// wait for the server, which shows them within a moment: nobody sees half of it.
//
// `source` is exactly what was heard so far, `blocks` how many blocks are finished.
import { becomeAll } from "../helpers/become.js";
import { fragment, make } from "../helpers/dom.js";

const MOST_FADING = 40; // beyond, words come too fast for the eye
const HOLDS_WORDS = "p, ul, ol, li, blockquote, div, table, tbody, tr, td, pre, pre > code";
const LONG = 200; // characters: no word
const PAGE = 16_000; // characters of plain text that are laid out together
const MARKUP = /[*_`~$\\[\]|#]|\n\s*([-+>:=]|\d{1,9}[.)])/;
const WORD = /[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}]|[^\s\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}]+/gu;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export class Words {
  #body;
  #at;
  #last = "";
  source = "";
  count = 0;
  blocks;

  // `body` shows `blocks` finished blocks and the open one: all of `source` up to `at`.
  constructor(body, { source, at, blocks }) {
    this.#body = body;
    this.#at = at;
    this.blocks = blocks;
    body.addEventListener("animationend", ({ target }) => target.matches(".word") && settle(target));
    this.#hear(source);
    this.#show(source.slice(at), false);
  }

  // Whether the open block is plain text, to which words are only added.
  get isPlain() {
    return Boolean(this.#open[0]?.matches(".plain"));
  }

  add(text) {
    const covered = Math.max(0, this.#at - this.source.length);
    this.#hear(text);
    this.#show(text.slice(covered), text.length < LONG && !calm.matches && !document.hidden);
  }

  // The server has rendered: blocks from number `from` on are finished, the words up to `at` shown.
  look({ from, blocks, open, at }) {
    if (at < this.#at || from > this.blocks) return;
    const fresh = blocks.slice(this.blocks - from);
    becomeAll(this.#body, this.#open, [...fragment(fresh.join("") + open).children]);
    this.blocks += fresh.length;
    this.#at = at;
    this.#show(this.source.slice(at), false);
  }

  // The whole answer as it is kept: the same nodes, where they are the same.
  finish(body) {
    const wanted = [...body.childNodes].map((node) => node.nodeType === Node.ELEMENT_NODE || node);
    becomeAll(this.#body, [...this.#body.children], [...body.children]);
    const kept = [...this.#body.children];
    this.#body.replaceChildren(...wanted.map((text) => (text === true ? kept.shift() : text)));
  }

  get #hasMarkup() {
    return MARKUP.test(this.source.slice(this.#at));
  }

  get #open() {
    return [...this.#body.children].slice(this.blocks);
  }

  #hear(text) {
    this.count += countWords(this.#last + text) - countWords(this.#last);
    this.#last = (this.#last + text).slice(-2);
    this.source += text;
  }

  #show(text, isFading) {
    const place = text && this.#placeFor(text);
    if (!place || (!isRaw(place) && this.#hasMarkup)) return;
    const fading = place.getElementsByClassName("word");
    if (!isFading || fading.length > MOST_FADING) {
      if (fading.length) settle(fading[fading.length - 1]);
      return append(place, text);
    }
    place.append(make("span", { className: "word" }, text));
  }

  // Where words go on: the end of the open block, or a paragraph that they begin.
  #placeFor(text) {
    let place = this.#open.at(-1);
    if (!place) {
      if (!text.trim() || this.#hasMarkup) return null;
      place = make("p", { dir: "auto" });
      this.#body.append(place);
    }
    if (place.matches(".plain") && place.firstChild?.length > PAGE) {
      place = place.cloneNode();
      this.#body.append(place);
    }
    while (isLast(place.lastElementChild)) place = place.lastElementChild;
    return place;
  }
}

function isRaw(place) {
  return place.matches("pre, code, .plain");
}

function isLast(element) {
  return element?.matches(HOLDS_WORDS) && !element.nextSibling?.data?.trim();
}

// This word and all before it become part of the text that they follow.
function settle(last) {
  const words = [...(last.parentNode?.querySelectorAll(":scope > .word") ?? [])];
  for (const word of words.slice(0, words.indexOf(last) + 1)) {
    const before = word.previousSibling;
    if (before?.nodeType === Node.TEXT_NODE) {
      before.appendData(word.textContent);
      word.remove();
    } else word.replaceWith(word.textContent);
  }
}

function append(place, text) {
  const { lastChild } = place;
  if (lastChild?.nodeType === Node.TEXT_NODE) lastChild.appendData(text);
  else place.append(text);
}

// As chatapp/wording.py counts: a character is one where a script puts no spaces between words.
export function countWords(text) {
  return text.match(WORD)?.length ?? 0;
}
