// <copy-button data-url data-label>: copies the text behind an address; without a label, an answer's words.
import { button } from "../helpers/dom.js";
import { copy } from "../helpers/clipboard.js";
import { getText } from "../helpers/http.js";
import { gettext } from "../helpers/language.js";

class CopyButton extends HTMLElement {
  connectedCallback() {
    if (this.firstElementChild) return;
    const { label, url } = this.dataset;
    const control = button("copy", label ?? gettext("Copy"), () => copy(getText(url), control));
    if (!label) control.setAttribute("aria-label", gettext("Copy this answer"));
    this.append(control);
  }
}

customElements.define("copy-button", CopyButton);
