// Keeps a growing page in place. It follows the newest words only while the reader is at the edge
// where they arrive, and never moves them otherwise.

const EDGE = 40;

export class ScrollKeeper {
  #content;
  #onChange;
  #isFollowing;
  #last = window.scrollY;

  constructor(content, onChange) {
    this.#content = content;
    this.#onChange = onChange;
    const [navigation] = performance.getEntriesByType("navigation");
    this.#isFollowing = navigation?.type === "navigate" || this.#isAtEdge;
    window.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    window.addEventListener("resize", () => this.#follow(), { passive: true });
    new ResizeObserver(() => this.#follow()).observe(content);
  }

  toEnd() {
    this.#isFollowing = true;
    window.scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });
    this.#onChange(true);
  }

  // Run `change`, which replaces `element` by what it returns, under a reader who does not notice.
  keep(element, change) {
    const top = element.getBoundingClientRect().top;
    const height = element.offsetHeight;
    const below = Math.max(0, this.#readingLine - top);
    const replacement = change();
    if (this.#isFollowing) return this.#follow();
    const share = height ? Math.min(1, below / height) : 0;
    const moved = replacement.getBoundingClientRect().top - top;
    const grown = share * (replacement.offsetHeight - height);
    if (moved + grown) window.scrollBy({ top: moved + grown, behavior: "instant" });
  }

  get #readingLine() {
    return window.innerHeight / 3;
  }

  get #isAtEdge() {
    return document.documentElement.scrollHeight - window.innerHeight - window.scrollY < EDGE;
  }

  #scrolled() {
    if (this.#isAtEdge) this.#isFollowing = true;
    else if (window.scrollY < this.#last - 1) this.#isFollowing = false;
    this.#last = window.scrollY;
    this.#onChange(this.#isFollowing || this.#isAtEdge);
  }

  #follow() {
    if (this.#isFollowing && !this.#isSelecting) this.toEnd();
    else this.#onChange(this.#isAtEdge);
  }

  get #isSelecting() {
    const selection = document.getSelection();
    return !selection.isCollapsed && this.#content.contains(selection.anchorNode);
  }
}
