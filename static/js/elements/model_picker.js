// <model-picker>: a <select>, and where its list is long a button that opens a search in its place.
import { make } from "../helpers/dom.js";
import { gettext } from "../helpers/language.js";
import { Listbox, matching } from "../models/listbox.js";

const MANY = 12;

class ModelPicker extends HTMLElement {
  #select;
  #button;
  #popover;
  #field;
  #list;

  connectedCallback() {
    this.#select = this.querySelector("select");
    if (this.#button || this.#select.options.length <= MANY) return;
    const label = gettext("Search the models");
    this.#field = make("input", { className: "field", autocomplete: "off", role: "combobox", ariaExpanded: true, ariaLabel: label, placeholder: label });
    const options = make("ul", { className: "choices__list", id: "models", ariaLabel: gettext("Models") });
    this.#popover = make("div", { className: "choices", popover: "auto" }, this.#field, options);
    this.#list = new Listbox(this.#field, options, (value) => this.#choose(value));
    this.#button = make("button", { type: "button", popoverTargetElement: this.#popover, ariaHasPopup: "dialog" });
    this.#select.hidden = true;
    this.#select.before(this.#button);
    this.after(this.#popover);
    this.#popover.addEventListener("toggle", ({ newState }) => newState === "open" && this.#open());
    this.#field.addEventListener("input", () => this.#filter());
    this.#field.addEventListener("keydown", (event) => this.#key(event));
    this.#select.addEventListener("change", () => this.show());
    this.show();
  }

  // The button says what the select does.
  show() {
    const name = this.#select.selectedOptions[0]?.text ?? "";
    if (!this.#button) return;
    this.#button.textContent = name;
    this.#button.ariaLabel = `${gettext("Model")}: ${name}`;
  }

  #open() {
    this.#field.value = "";
    this.#filter();
    this.#field.focus();
  }

  #filter() {
    const choices = [...this.#select.options].map(({ value, text }) => ({ value, label: text }));
    this.#list.show(matching(choices, this.#field.value), this.#select.value);
  }

  #choose(value) {
    this.#popover.hidePopover();
    if (value === this.#select.value) return;
    this.#select.value = value;
    this.#select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // Enter without a match must not send the message.
  #key(event) {
    if (!this.#list.key(event) && event.key === "Enter") event.preventDefault();
  }
}

customElements.define("model-picker", ModelPicker);
