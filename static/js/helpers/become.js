// Make a node on the page the same as another one and touch only what differs, so that a selection,
// the focus and what is scrolled stay. What our elements have added (`.copy`) is theirs.
export function become(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType === Node.TEXT_NODE && fresh.nodeType === Node.TEXT_NODE) return grow(old, fresh.data);
  if (!old.cloneNode().isEqualNode(fresh.cloneNode())) return old.replaceWith(fresh);
  becomeAll(old, parts(old), parts(fresh));
}

// The same for these children of `parent`, its last ones.
export function becomeAll(parent, old, fresh) {
  fresh.forEach((node, place) => (old[place] ? become(old[place], node) : parent.append(node)));
  for (const node of old.slice(fresh.length)) node.remove();
}

function parts(node) {
  return [...node.childNodes].filter((child) => !child.matches?.(".copy"));
}

function grow(text, data) {
  if (data.startsWith(text.data)) text.appendData(data.slice(text.length));
  else text.data = data;
}

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
