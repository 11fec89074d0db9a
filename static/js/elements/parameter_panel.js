// <parameter-panel>: the system prompt, the parameters and presets of what is asked next. Each change is
// told to the server at once; the model, where that changes, is the composer's to show.
//
// Emits `asked-with` (the server's reply).
import { complain } from "../helpers/complaints.js";
import { emit } from "../helpers/dom.js";
import { post } from "../helpers/http.js";

class ParameterPanel extends HTMLElement {
  #composer;
  #popover;
  #sentence;
  saved = Promise.resolve(); // once the last change is with the server: each waits for the one before

  connectedCallback() {
    this.#composer = document.getElementById("composer");
    this.#popover = this.closest("[popover]");
    this.#sentence = this.#popover.querySelector("[data-panel-sentence]");
    this.addEventListener("submit", (event) => this.#submit(event));
    this.addEventListener("change", ({ target }) => {
      if (target.form?.matches("[data-parameters]")) this.#inTurn(() => this.#save(target.form));
    });
  }

  get presets() {
    return [...this.querySelectorAll("form[data-preset]")].map((form) => ({
      value: form.getAttribute("action"),
      label: form.querySelector(".preset__name").textContent,
      note: form.querySelector(".preset__model")?.textContent,
    }));
  }

  // Tell the server, and show what holds then. What was said where is for the caller. A `model` that is
  // chosen holds whatever an earlier change says of it meanwhile.
  change(url, fields = new FormData(), model = undefined) {
    return this.#inTurn(() => this.#change(url, fields, model));
  }

  #inTurn(tell) {
    return (this.saved = this.saved.then(tell));
  }

  async #change(url, fields, model) {
    const { elements, dataset } = this.#composer;
    fields.set("conversation", dataset.conversation);
    fields.set("model", model ?? elements.model.value);
    if (elements.preset) fields.set("preset", elements.preset.value);
    const reply = await post(url, fields);
    if (!reply.ok) return reply;
    elements.preset?.remove();
    this.innerHTML = reply.data.parameters;
    emit(this, "asked-with", reply.data);
    return reply;
  }

  async #submit(event) {
    event.preventDefault();
    const { target: form, submitter } = event;
    if (form.matches("[data-parameters]") && !submitter?.name) {
      if (await this.#inTurn(() => this.#save(form))) this.#popover.hidePopover();
      return;
    }
    const url = submitter?.getAttribute("formaction") ?? form.getAttribute("action");
    const reply = await this.change(url, new FormData(form, submitter));
    this.#sentence.textContent = reply.ok ? reply.data.sentence : reply.sentence;
    this.#popover.querySelector("button").focus();
  }

  // Without drawing the form anew under the hands of whoever fills it in.
  async #save(form) {
    const reply = await post(form.action, new FormData(form));
    complain(form, reply.data?.errors);
    this.#sentence.textContent = reply.sentence;
    if (!reply.ok) return false;
    this.#composer.elements.preset?.remove();
    emit(this, "asked-with", reply.data);
    return true;
  }
}

customElements.define("parameter-panel", ParameterPanel);
