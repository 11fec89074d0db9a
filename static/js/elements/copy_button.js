// <copy-button data-url data-label>: copies the words behind an address, as they were said; of an
// answer that is being written, those that are on the page.
import { button } from "../helpers/dom.js";
import { copy } from "../helpers/clipboard.js";
import { getText } from "../helpers/http.js";

class CopyButton extends HTMLElement {
  connectedCallback() {
    if (this.firstElementChild) return;
    const control = button("copy", "Copy", () => copy(this.#words, control));
    control.setAttribute("aria-label", this.dataset.label ?? "Copy this answer");
    this.append(control);
  }

  get #words() {
    return this.closest("live-answer")?.source ?? getText(this.dataset.url);
  }
}

customElements.define("copy-button", CopyButton);
