// <replay-player data-url>: an answer as it came, word by word, from the times in its event log. One
// may pause, change the speed and go to any moment; the words shown are exactly those that had come.
import { button, fragment } from "../helpers/dom.js";
import { getText } from "../helpers/http.js";
import { seconds } from "../helpers/time.js";
import { Track } from "./track.js";

const STALLED = 1000; // as the server counts
const EDGE = 24;

class ReplayPlayer extends HTMLElement {
  #parts = {};
  #log;
  #words;
  #thoughts;
  #now = 0;
  #speed = 1;
  #frame = 0;
  #began = { at: 0, now: 0 };
  #isAtEnd = true;

  connectedCallback() {
    if (!this.dataset.url) return;
    for (const part of ["answer", "clock", "controls", "head", "play", "prefix", "rendered", "scrub", "sentence", "thoughts", "words"]) {
      this.#parts[part] = this.querySelector(`[data-${part}]`);
    }
    this.#load();
  }

  disconnectedCallback() {
    cancelAnimationFrame(this.#frame);
  }

  get isPlaying() {
    return this.#frame !== 0;
  }

  play() {
    if (this.#now >= this.#log.end) this.show(0);
    this.#began = { at: performance.now(), now: this.#now };
    this.#frame ||= requestAnimationFrame(() => this.#step());
    this.#label();
  }

  pause() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#label();
  }

  // The moment `now`, in milliseconds from the question on.
  show(now) {
    const { answer, clock, head, rendered, scrub, words } = this.#parts;
    const { end, html } = this.#log;
    this.#now = Math.max(0, Math.min(now, end));
    this.#words.show(this.#now);
    this.#thoughts.show(this.#now);
    const isOver = this.#now >= end;
    if (isOver && html && !rendered.hasChildNodes()) rendered.append(fragment(html));
    rendered.hidden = !(isOver && html);
    words.hidden = !rendered.hidden;
    scrub.value = isOver ? scrub.max : this.#now;
    head.setAttribute("x", (this.#now / Math.max(end, 1)) * 1197);
    const told = this.#told(isOver);
    if (clock.textContent !== told) clock.textContent = told;
    scrub.setAttribute("aria-valuetext", told);
    if (this.#isAtEnd && !isOver) answer.scrollTop = answer.scrollHeight;
  }

  async #load() {
    const { sentence } = this.#parts;
    sentence.textContent = "The log is being read…";
    const text = await getText(this.dataset.url);
    if (!text) {
      const again = button("desk-link", "Try again", () => this.#load());
      return sentence.replaceChildren("The log could not be read. ", again);
    }
    sentence.textContent = "";
    this.#log = JSON.parse(text);
    this.#begin();
  }

  #begin() {
    const { answer, controls, head, play, prefix, scrub, thoughts, words } = this.#parts;
    const log = this.#log;
    this.#words = new Track(words, log.words);
    this.#thoughts = new Track(thoughts, log.thoughts);
    prefix.textContent = log.prefix;
    prefix.hidden = !log.prefix;
    thoughts.hidden = !log.thoughts.text.length;
    // The last moment is its own step, however it falls.
    scrub.max = Math.ceil(log.end / 100) * 100;
    scrub.addEventListener("input", () => this.#goTo(scrub.valueAsNumber));
    play.addEventListener("click", () => (this.isPlaying ? this.pause() : this.play()));
    controls.addEventListener("change", ({ target }) => this.#setSpeed(Number(target.value)));
    answer.addEventListener("scroll", () => {
      this.#isAtEnd = answer.scrollHeight - answer.clientHeight - answer.scrollTop < EDGE;
    });
    for (const stall of document.querySelectorAll("[data-at]")) this.#link(stall);
    for (const part of [answer, controls, scrub]) part.hidden = false;
    head.setAttribute("visibility", "visible");
    this.show(0);
    this.dispatchEvent(new Event("ready"));
  }

  #link(place) {
    const at = Number(place.dataset.at);
    const link = button("desk-link", place.textContent, () => this.#goTo(at));
    link.setAttribute("aria-label", `Go to ${place.textContent}`);
    place.replaceChildren(link);
  }

  #goTo(now) {
    this.#parts.sentence.textContent = "";
    this.#began = { at: performance.now(), now };
    this.show(now);
  }

  #setSpeed(speed) {
    this.#began = { at: performance.now(), now: this.#now };
    this.#speed = speed;
  }

  #step() {
    const { at, now } = this.#began;
    this.show(now + (performance.now() - at) * this.#speed);
    if (this.#now < this.#log.end) this.#frame = requestAnimationFrame(() => this.#step());
    else {
      this.pause();
      this.#parts.sentence.classList.add("visually-hidden"); // the clock shows it, too
      this.#parts.sentence.textContent = this.#log.sentence;
    }
  }

  #label() {
    this.#parts.play.textContent = this.isPlaying ? "Pause" : "Play";
  }

  // What the meter would have said.
  #told(isOver) {
    const { wait, end, sentence } = this.#log;
    const now = this.#now;
    const words = `${this.#words.count} word${this.#words.count === 1 ? "" : "s"}`;
    if (isOver) return `${sentence} ${seconds(end)} s · ${words}`;
    if (now < wait) return `Waiting in line, ${seconds(now)} s`;
    if (!this.#words.isHeard) return `${this.#thoughts.isHeard ? "Thinking" : "Waiting for the first word"}, ${seconds(now)} s`;
    if (this.#words.silence > STALLED) return `${seconds(now)} s · ${words} · no word for ${seconds(this.#words.silence)} s`;
    return `${seconds(now)} s · ${words}`;
  }
}

customElements.define("replay-player", ReplayPlayer);
