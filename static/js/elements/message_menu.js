// <message-menu>: a button, and a popover with what can be done. Arrow keys walk through it; the browser
// opens it, and closes it on Escape or a click elsewhere.
import { walk } from "../helpers/keys.js";

class MessageMenu extends HTMLElement {
  constructor() {
    super();
    this.addEventListener("toggle", (event) => event.newState === "open" && this.#opened(), true);
    this.addEventListener("keydown", (event) => event.target.matches("select") || walk(event, this.#items));
    this.addEventListener("click", ({ target }) => target.closest(".menu__item") && this.#list.hidePopover());
  }

  #opened() {
    this.#offerModels();
    if (!this.#list.contains(document.activeElement)) this.#items[0]?.focus({ preventScroll: true });
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
    return [...this.#list.querySelectorAll(".menu__item, .copy")].filter((item) => item.offsetParent);
  }

  get #list() {
    return this.querySelector("[popover]");
  }
}

customElements.define("message-menu", MessageMenu);
