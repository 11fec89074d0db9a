// <message-menu>: a button, and a popover with what can be done. Arrow keys walk through it; the browser
// opens it, and closes it on Escape or a click elsewhere.

class MessageMenu extends HTMLElement {
  constructor() {
    super();
    this.addEventListener("toggle", (event) => event.newState === "open" && this.#opened(), true);
    this.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("click", ({ target }) => target.closest(".menu__item") && this.#list.hidePopover());
  }

  #opened() {
    this.#offerModels();
    if (!this.#list.contains(document.activeElement)) this.#items[0]?.focus({ preventScroll: true });
  }

  #key(event) {
    const items = this.#items;
    const at = items.indexOf(document.activeElement);
    const next = { ArrowDown: at + 1, ArrowUp: Math.max(at, 0) - 1, Home: 0, End: -1 }[event.key];
    if (next === undefined || !items.length || event.target.matches("select")) return;
    event.preventDefault();
    items.at(next % items.length).focus({ preventScroll: true });
  }

  // The models to answer again are those of the composer.
  #offerModels() {
    const again = this.querySelector("[data-again]");
    const models = document.querySelector("select#model");
    if (!again?.hidden || !models) return;
    const select = again.querySelector("select");
    select.append(...models.cloneNode(true).children);
    select.value = models.value;
    again.hidden = select.disabled = select.options.length < 2;
  }

  get #items() {
    return [...this.#list.querySelectorAll(".menu__item")].filter((item) => item.offsetParent);
  }

  get #list() {
    return this.querySelector("[popover]");
  }
}

customElements.define("message-menu", MessageMenu);
