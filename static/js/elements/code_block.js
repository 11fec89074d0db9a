// <code-block>: a block of code in an answer, with a button that copies it.
import { button } from "../helpers/dom.js";
import { copy } from "../helpers/clipboard.js";
import { gettext } from "../helpers/language.js";

class CodeBlock extends HTMLElement {
  connectedCallback() {
    if (this.querySelector(".copy")) return;
    const pre = this.querySelector("pre");
    const control = button("copy", gettext("Copy"), () => copy(pre.textContent, control));
    control.setAttribute("aria-label", gettext("Copy this code"));
    pre.tabIndex = 0;
    pre.before(control);
  }
}

customElements.define("code-block", CodeBlock);
