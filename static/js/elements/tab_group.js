// <tab-group>: its <section data-tab> children one at a time, chosen by tabs (WAI-ARIA's pattern).
// Without this they stand below each other under their headings.
import { button, make } from "../helpers/dom.js";
import { walk } from "../helpers/keys.js";

class TabGroup extends HTMLElement {
  #tabs = [];
  #panels;

  connectedCallback() {
    if (this.#tabs.length) return;
    this.#panels = [...this.querySelectorAll(":scope > [data-tab]")];
    this.#tabs = this.#panels.map((panel, index) => this.#tab(panel, index));
    const list = make("div", { className: "tabs", role: "tablist" }, ...this.#tabs);
    list.setAttribute("aria-labelledby", this.parentElement.getAttribute("aria-labelledby"));
    list.addEventListener("keydown", (event) => this.#key(event));
    this.prepend(list);
    this.#choose(0);
  }

  #tab(panel, index) {
    const tab = button("tabs__tab", panel.dataset.tab, () => this.#choose(index));
    Object.assign(tab, { id: `tab-${index}`, role: "tab" });
    tab.setAttribute("aria-controls", `panel-${index}`);
    panel.id = `panel-${index}`;
    panel.role = "tabpanel";
    panel.setAttribute("aria-labelledby", tab.id);
    panel.querySelector("h3").hidden = true;
    return tab;
  }

  #choose(chosen) {
    this.#tabs.forEach((tab, index) => {
      tab.ariaSelected = index === chosen;
      tab.tabIndex = index === chosen ? 0 : -1;
      this.#panels[index].hidden = index !== chosen;
    });
  }

  #key(event) {
    const tab = walk(event, this.#tabs, ["ArrowLeft", "ArrowRight"]);
    if (tab) this.#choose(this.#tabs.indexOf(tab));
  }
}

customElements.define("tab-group", TabGroup);
