// <copy-button data-url data-label data-name>: copies the text behind an address; without a label or a
// name, an answer's words: of one that is being written, those that are on the page.
import { button } from "../helpers/dom.js";
import { copy } from "../helpers/clipboard.js";
import { getText } from "../helpers/http.js";
import { gettext } from "../helpers/language.js";

class CopyButton extends HTMLElement {
  connectedCallback() {
    if (this.firstElementChild) return;
    const { label, name = gettext("Copy this answer") } = this.dataset;
    const control = button("copy", label ?? gettext("Copy"), () => copy(this.#words, control));
    if (!label) control.ariaLabel = name;
    this.append(control);
  }

  get #words() {
    return this.closest("live-answer")?.source ?? getText(this.dataset.url);
  }
}

customElements.define("copy-button", CopyButton);

// <code-block>: a block of code in an answer, with a button that copies it.
class CodeBlock extends HTMLElement {
  connectedCallback() {
    if (this.querySelector(".copy")) return;
    const pre = this.querySelector("pre");
    const control = button("copy", gettext("Copy"), () => copy(pre.textContent, control));
    control.ariaLabel = gettext("Copy this code");
    pre.tabIndex = 0;
    pre.before(control);
  }
}

customElements.define("code-block", CodeBlock);
