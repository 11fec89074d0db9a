// Where the reader is within an element that is taken out of the page and put back: what is selected,
// what has the focus, and how far its parts are scrolled.
export class Place {
  #element;
  #selection = document.getSelection();
  #ends;
  #focused;
  #scrolled;

  constructor(element) {
    const { anchorNode, anchorOffset, focusNode, focusOffset } = this.#selection;
    this.#element = element;
    this.#ends = [anchorNode, anchorOffset, focusNode, focusOffset];
    this.#focused = element.contains(document.activeElement) && document.activeElement;
    this.#scrolled = [...element.querySelectorAll("[tabindex]")].map((part) => [part, part.scrollLeft]);
  }

  restore() {
    const [anchor, start, focus, end] = this.#ends;
    const isHere = this.#element.contains(anchor) && this.#element.contains(focus);
    if (isHere && start <= length(anchor) && end <= length(focus)) this.#selection.setBaseAndExtent(...this.#ends);
    if (this.#focused?.isConnected) this.#focused.focus({ preventScroll: true });
    for (const [part, left] of this.#scrolled) if (left) part.scrollLeft = left;
  }
}

const length = (node) => node.data?.length ?? node.childNodes.length;
