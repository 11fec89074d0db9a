// <copy-button data-url data-label>: copies the words behind an address, as they were said.
import { button } from "../helpers/dom.js";
import { copy } from "../helpers/clipboard.js";
import { getText } from "../helpers/http.js";

class CopyButton extends HTMLElement {
  connectedCallback() {
    if (this.firstElementChild) return;
    const control = button("copy", "Copy", () => copy(getText(this.dataset.url), control));
    control.setAttribute("aria-label", this.dataset.label ?? "Copy this answer");
    this.append(control);
  }
}

customElements.define("copy-button", CopyButton);
