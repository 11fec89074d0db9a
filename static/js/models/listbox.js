// The options of a text field (WAI-ARIA's combobox): filtered, walked through by keys, chosen.
import { emit, make } from "../helpers/dom.js";

export class Listbox {
  #field;
  #list;
  #onChoose;
  #options = [];
  #active = -1;

  constructor(field, list, onChoose) {
    this.#field = field;
    this.#list = list;
    this.#onChoose = onChoose;
    list.role = "listbox";
    field.setAttribute("aria-controls", list.id);
    // The field keeps the focus.
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", ({ target }) => this.#choose(target.closest("[role=option]")));
  }

  // `choices`: { value, label, note }; the one with `value` is marked.
  show(choices, value) {
    this.#options = choices.map((choice, index) => this.#option(choice, index));
    this.#list.replaceChildren(...this.#options);
    this.#activate(Math.max(0, choices.findIndex((choice) => choice.value === value)));
  }

  // Whether the key was meant for the list.
  key(event) {
    const last = this.#options.length - 1;
    const to = {
      ArrowDown: this.#active === last ? 0 : this.#active + 1,
      ArrowUp: this.#active > 0 ? this.#active - 1 : last,
      PageDown: Math.min(last, this.#active + 8),
      PageUp: Math.max(0, this.#active - 8),
    }[event.key];
    const isChoice = (event.key === "Enter" || event.key === "Tab") && this.#active >= 0 && !event.isComposing;
    if (to === undefined && !isChoice) return false;
    event.preventDefault();
    if (isChoice) this.#choose(this.#options[this.#active]);
    else this.#activate(to);
    return true;
  }

  #option({ value, label, note }, index) {
    const option = make("li", { id: `${this.#list.id}-${index}`, role: "option" }, label);
    option.dataset.value = value;
    if (note) option.append(make("small", {}, note));
    return option;
  }

  #activate(index) {
    this.#options[this.#active]?.removeAttribute("aria-selected");
    this.#active = this.#options[index] ? index : -1;
    const option = this.#options[index];
    if (!option) return this.#field.removeAttribute("aria-activedescendant");
    option.ariaSelected = true;
    this.#field.setAttribute("aria-activedescendant", option.id);
    const { offsetTop: top, offsetHeight: height } = option;
    const { scrollTop, clientHeight } = this.#list;
    this.#list.scrollTop = Math.max(Math.min(scrollTop, top), top + height - clientHeight);
  }

  #choose(option) {
    if (option) this.#onChoose(option.dataset.value);
  }
}

// Those in which each word of `text` occurs.
export function matching(choices, text) {
  const words = text.toLowerCase().split(/\s+/);
  return choices.filter(({ label }) => words.every((word) => label.toLowerCase().includes(word)));
}

// The presets that a "/" at the start of the message box offers.
export class PresetMenu {
  #text;
  #panel;
  #onChosen;
  #list;
  #listbox;

  constructor(text, panel, onChosen) {
    this.#text = text;
    this.#panel = panel;
    this.#onChosen = onChosen;
    this.#list = make("ul", { className: "choices choices--above choices__list", id: "presets", hidden: true });
    this.#list.setAttribute("aria-labelledby", "presets-title");
    text.closest("form").before(this.#list);
    this.#listbox = new Listbox(text, this.#list, (url) => this.#choose(url));
    text.addEventListener("blur", () => this.#show([]));
  }

  update() {
    const text = this.#text.value;
    const isMeant = /^\/[^\n/]*$/.test(text);
    this.#show(isMeant ? matching(this.#panel.presets, text.slice(1)) : []);
  }

  // Whether the key was meant for the menu.
  key(event) {
    if (this.#list.hidden) return false;
    if (event.key !== "Escape") return this.#listbox.key(event);
    this.#show([]);
    return true;
  }

  #show(choices) {
    this.#list.hidden = !choices.length;
    this.#listbox.show(choices);
  }

  async #choose(url) {
    this.#show([]);
    this.#text.value = "";
    this.#onChosen();
    const { ok, data, sentence } = await this.#panel.change(url);
    emit(this.#panel, "sentence", { text: ok ? data.sentence : sentence });
  }
}
