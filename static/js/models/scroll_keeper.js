// Keeps a growing page in place. A new turn stands near the top of the view and its answer grows below
// it; the newest words are followed only by a reader who went to the edge where they arrive.
import { recall, remember } from "../helpers/storage.js";

const EDGE = 40; // pixels from the end that still count as being there
const ROOM = 16; // above a turn that stands at the top

export class ScrollKeeper {
  #content;
  #onChange;
  #isFollowing = false;
  #last = window.scrollY;

  // `onChange(isAtEdge)`: whether the newest words are in view.
  constructor(content, onChange) {
    this.#content = content;
    this.#onChange = onChange;
    history.scrollRestoration = "manual";
    window.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    window.addEventListener("resize", () => this.#follow(), { passive: true });
    window.addEventListener("pagehide", () => this.#remember());
    document.addEventListener("selectionchange", () => this.#isSelecting && (this.#isFollowing = false));
    new ResizeObserver(() => this.#follow()).observe(content);
  }

  // Where the reader was ({ id, top } of a turn) who comes back to this page, or reloads it; null at
  // the end, undefined where it is opened.
  get left() {
    const [navigation] = performance.getEntriesByType("navigation");
    const kept = recall(key());
    return kept && navigation?.type !== "navigate" ? JSON.parse(kept) : undefined;
  }

  get isAtEdge() {
    return this.#isFollowing || this.#isNearEnd;
  }

  toEnd() {
    this.#isFollowing = true;
    this.#moveTo(document.documentElement.scrollHeight);
  }

  // Bring `element` to `top` pixels from the top of the view.
  place(element, top = this.#head) {
    this.#isFollowing = false;
    this.#moveTo(window.scrollY + element.getBoundingClientRect().top - top);
  }

  // A new turn: the question near the top, and below it room for the answer. Of a question that fills
  // the view, the end is seen.
  stand(question, answer) {
    this.#content.style.setProperty("--room", 0);
    const room = window.innerHeight - this.#head - (document.querySelector(".dock")?.offsetHeight ?? 0);
    const lead = Math.max(0, question.offsetHeight - room * 0.4);
    const top = window.scrollY + question.getBoundingClientRect().top + lead - this.#head;
    const lacking = top + window.innerHeight - document.documentElement.scrollHeight;
    this.#content.style.setProperty("--room", `${Math.ceil(answer.offsetHeight + Math.max(0, lacking))}px`);
    this.#isFollowing = false;
    this.#moveTo(top);
  }

  // Run `change` without moving what is being read: the element `near` the reading line stays there,
  // or what `change` returns in its place.
  keep(near, change) {
    const { top, height } = near?.getBoundingClientRect() ?? {};
    const after = change() ?? near;
    if (this.#isFollowing) return this.toEnd();
    if (!near || !after.isConnected) return this.#tell();
    const share = height ? Math.min(1, Math.max(0, this.#readingLine - top) / height) : 0;
    const now = after.getBoundingClientRect();
    const moved = now.top - top + share * (now.height - height);
    if (Math.abs(moved) >= 1) this.#moveTo(window.scrollY + moved);
    else this.#tell();
  }

  // The turn at the reading line.
  get read() {
    return [...this.#content.querySelectorAll(".message")].find(
      (turn) => turn.getBoundingClientRect().bottom > this.#readingLine,
    );
  }

  get #readingLine() {
    return window.innerHeight / 3;
  }

  get #head() {
    return (document.querySelector(".bar")?.offsetHeight ?? 0) + ROOM;
  }

  get #toGo() {
    return document.documentElement.scrollHeight - window.innerHeight - window.scrollY;
  }

  get #isNearEnd() {
    return this.#toGo < EDGE;
  }

  #moveTo(top) {
    window.scrollTo({ top, behavior: "instant" });
    this.#last = window.scrollY;
    this.#tell();
  }

  // Whatever moved the page up (a wheel, a finger, a key, the scrollbar, a search), and be it by a pixel
  // at a time, the reader wants to be there; who comes down to the end wants to follow. A page that
  // became shorter is at its end.
  #scrolled() {
    const moved = window.scrollY - this.#last;
    if (this.#isFollowing && moved < 0 && this.#toGo > 1) this.#isFollowing = false;
    else if (moved > 1 && this.#isNearEnd) this.#isFollowing = true;
    if (!this.#isFollowing) this.#last = window.scrollY;
    this.#tell();
  }

  #follow() {
    if (this.#isFollowing) this.toEnd();
    else this.#tell();
  }

  #tell() {
    this.#onChange(this.isAtEdge);
  }

  #remember() {
    const turn = this.isAtEdge ? null : this.read;
    const place = turn?.dataset.id ? { id: turn.dataset.id, top: turn.getBoundingClientRect().top } : null;
    remember(key(), JSON.stringify(place));
  }

  get #isSelecting() {
    const selection = document.getSelection();
    return !selection.isCollapsed && this.#content.contains(selection.anchorNode);
  }
}

const key = () => `place:${location.pathname}`;
