// The presets that a "/" at the start of the message box offers.
import { emit, make } from "../helpers/dom.js";
import { Listbox, matching } from "./listbox.js";

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
