// <copy-button data-url>: copies the words behind an address, as they were said.
import { button } from "../helpers/dom.js";
import { copy } from "../helpers/clipboard.js";
import { getText } from "../helpers/http.js";
import { gettext } from "../helpers/language.js";

class CopyButton extends HTMLElement {
  connectedCallback() {
    if (this.firstElementChild) return;
    const control = button("copy", gettext("Copy"), () => copy(getText(this.dataset.url), control));
    control.setAttribute("aria-label", gettext("Copy this answer"));
    this.append(control);
  }
}

customElements.define("copy-button", CopyButton);
