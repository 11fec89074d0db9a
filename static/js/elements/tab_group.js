// <tab-group>: its <section data-tab> children one at a time, chosen by tabs (WAI-ARIA's pattern).
// Without this they stand below each other under their headings.

class TabGroup extends HTMLElement {
  #tabs = [];
  #panels;

  connectedCallback() {
    if (this.#tabs.length) return;
    this.#panels = [...this.querySelectorAll(":scope > [data-tab]")];
    this.#tabs = this.#panels.map((panel, index) => this.#tab(panel, index));
    const list = document.createElement("div");
    list.className = "tabs";
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-labelledby", this.parentElement.getAttribute("aria-labelledby"));
    list.append(...this.#tabs);
    list.addEventListener("keydown", (event) => this.#key(event));
    this.prepend(list);
    this.#choose(0);
  }

  #tab(panel, index) {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.className = "tabs__tab";
    tab.id = `tab-${index}`;
    tab.textContent = panel.dataset.tab;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", `panel-${index}`);
    tab.addEventListener("click", () => this.#choose(index));
    panel.id = `panel-${index}`;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    panel.querySelector("h3").hidden = true;
    return tab;
  }

  #choose(chosen) {
    this.#tabs.forEach((tab, index) => {
      tab.setAttribute("aria-selected", index === chosen);
      tab.tabIndex = index === chosen ? 0 : -1;
      this.#panels[index].hidden = index !== chosen;
    });
  }

  #key(event) {
    const now = this.#tabs.indexOf(document.activeElement);
    const last = this.#tabs.length - 1;
    const to = {
      ArrowRight: now === last ? 0 : now + 1,
      ArrowLeft: now === 0 ? last : now - 1,
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#choose(to);
    this.#tabs[to].focus();
  }
}

customElements.define("tab-group", TabGroup);
