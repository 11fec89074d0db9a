// What is done with a message: its menu, and a form in its place.
import { emit } from "../helpers/dom.js";
import { getText } from "../helpers/http.js";
import { isEnter, isPlain, walk } from "../helpers/keys.js";
import { gettext } from "../helpers/language.js";
import { Draft } from "../helpers/storage.js";

// <message-menu>: a button, and a popover with what can be done. Arrow keys walk through it; the browser
// opens it, and closes it on Escape or a click elsewhere.
class MessageMenu extends HTMLElement {
  constructor() {
    super();
    this.addEventListener("toggle", (event) => event.newState === "open" && this.#opened(), true);
    this.addEventListener("keydown", (event) => event.target.matches("select") || walk(event, this.#items));
    this.addEventListener("click", ({ target }) => target.closest(".menu__item") && this.#list.hidePopover());
  }

  #opened() {
    this.#offerModels();
    if (!this.#list.contains(document.activeElement)) this.#items[0]?.focus({ preventScroll: true });
  }

  // The models to answer again are those of the composer.
  #offerModels() {
    const again = this.querySelector("[data-again]");
    const models = document.querySelector("select#model");
    if (!again?.hidden || !models) return;
    const select = again.querySelector("select");
    select.append(...models.cloneNode(true).children);
    select.value = models.value;
    again.hidden = select.disabled = select.options.length < 2;
  }

  get #items() {
    return [...this.#list.querySelectorAll(".menu__item, .copy")].filter((item) => item.offsetParent);
  }

  get #list() {
    return this.querySelector("[popover]");
  }
}

customElements.define("message-menu", MessageMenu);

// <message-inline>: a link to a page with one form about a message. The form is shown in the message, in
// place of its words, until it is sent or given up (Escape).
class MessageInline extends HTMLElement {
  #form = null;

  constructor() {
    super();
    this.addEventListener("click", (event) => this.#click(event));
  }

  #click(event) {
    if (!isPlain(event)) return;
    event.preventDefault();
    this.#open(event.target.closest("a").href);
  }

  async #open(url) {
    const message = this.closest(".message");
    message.querySelector(".inline")?.dispatchEvent(new Event("give-up"));
    const html = await getText(url);
    if (html === undefined) return emit(this, "sentence", { text: gettext("The server cannot be reached. Try again in a moment.") });
    const form = new DOMParser().parseFromString(html ?? "", "text/html").querySelector(".inline");
    if (!form) return location.assign(url);
    const body = message.querySelector(".message__body");
    this.#form = document.importNode(form, true);
    body.hidden = true;
    body.after(this.#form);
    message.dataset.inline = "";
    this.#listen(message, body);
  }

  #listen(message, body) {
    const form = this.#form;
    const close = () => {
      form.remove();
      body.hidden = false;
      delete message.dataset.inline;
      this.#back.focus({ preventScroll: true });
      emit(this, "doorbell", { conversation: "" }); // what was kept from the page
    };
    const giveUp = (event) => {
      event.preventDefault();
      close();
    };
    form.addEventListener("give-up", close);
    form.addEventListener("keydown", (event) => event.key === "Escape" && !event.isComposing && giveUp(event));
    form.querySelector("[data-cancel]").addEventListener("click", giveUp);
    const text = form.querySelector("textarea");
    if (text) this.#write(text, message.dataset.id);
    else form.querySelector("[type=radio]").focus({ preventScroll: true });
  }

  // As in the composer: Enter sends, what is typed outlives a reload.
  #write(text, id) {
    const draft = new Draft(`edit-${id}`);
    text.value = draft.text || text.value;
    text.addEventListener("input", () => (draft.text = text.value));
    text.addEventListener("keydown", (event) => {
      if (!isEnter(event)) return;
      event.preventDefault();
      text.form.requestSubmit();
    });
    this.#form.addEventListener("turn-taken", () => (draft.text = ""));
    text.focus({ preventScroll: true });
    text.setSelectionRange(text.value.length, text.value.length);
  }

  // A menu that closed cannot have the focus; the button that opened it can.
  get #back() {
    return this.closest("message-menu")?.querySelector("[popovertarget]") ?? this.querySelector("a");
  }
}

customElements.define("message-inline", MessageInline);
