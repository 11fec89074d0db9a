// <check-all>: one box that checks all the others of its form.
import { make } from "../helpers/dom.js";

class CheckAll extends HTMLElement {
  connectedCallback() {
    const boxes = [...this.closest("form").querySelectorAll("[name=conversation]")];
    const all = make("input", { type: "checkbox", id: "check-all" });
    this.replaceChildren(all, make("label", { htmlFor: "check-all" }, "All on this page"));
    this.hidden = false;
    all.addEventListener("change", () => boxes.forEach((box) => (box.checked = all.checked)));
    this.closest("form").addEventListener("change", () => {
      const checked = boxes.filter((box) => box.checked).length;
      all.checked = checked === boxes.length;
      all.indeterminate = checked > 0 && !all.checked;
    });
  }
}

customElements.define("check-all", CheckAll);
