// <chat-composer>: where the visitor writes, sends and stops. The text leaves the box only after the
// server has taken it.
//
// Emits `turn-proposed` (text), then `turn-taken` or `turn-queued` (the server's reply) or `turn-refused`
// (status).
import { emit, rest } from "../helpers/dom.js";
import { isEnter } from "../helpers/keys.js";
import { post } from "../helpers/http.js";
import { gettext } from "../helpers/language.js";
import { entitle } from "../helpers/page.js";
import { Draft } from "../helpers/storage.js";
import { Answering } from "../models/answering.js";
import { PresetMenu } from "../models/listbox.js";

class ChatComposer extends HTMLElement {
  #form;
  #text;
  #send;
  #sentence;
  #answering;
  #draft;
  #files;
  #panel;
  #menu;
  #isSending = false;

  connectedCallback() {
    this.#form = this.querySelector("#composer");
    this.#text = this.querySelector("textarea");
    this.#send = this.querySelector("[data-send]");
    this.#sentence = this.querySelector("[data-sentence]");
    this.#answering = new Answering(this.#form, { place: document, rest: this.#text, say: (sentence) => this.#say(sentence) });
    this.#draft = new Draft(this.#form.dataset.conversation);
    this.#text.value ||= this.#draft.text;
    this.#files = this.querySelector("composer-files");
    this.#files.draft = this.#draft.files;
    this.#panel = this.querySelector("parameter-panel");
    this.#menu = new PresetMenu(this.#text, this.#panel, () => this.#typed());
    this.#fit();
    this.#listen();
    new ResizeObserver(() => document.documentElement.style.setProperty("--dock", `${this.offsetHeight}px`)).observe(this);
    rest();
  }

  #listen() {
    this.#form.addEventListener("submit", (event) => this.#submit(event));
    this.#form.addEventListener("click", ({ target }) => target === this.#form && this.#text.focus());
    this.#text.addEventListener("keydown", (event) => this.#key(event));
    this.#text.addEventListener("input", () => this.#typed());
    this.#form.elements.model.addEventListener("change", () => this.#chooseModel());
    this.addEventListener("files-changed", () => (this.#draft.files = this.#files.draft));
    this.addEventListener("asked-with", ({ detail }) => this.#askWith(detail));
    document.addEventListener("sentence", ({ detail }) => this.#say(detail.text));
  }

  #key(event) {
    if (this.#menu.key(event)) return;
    if (!isEnter(event)) return;
    event.preventDefault();
    this.#form.requestSubmit(this.#send);
  }

  #typed() {
    this.#menu.update();
    this.#draft.text = this.#text.value;
    this.#fit();
  }

  #submit(event) {
    event.preventDefault();
    if (this.#answering.stops(event.submitter) || this.#isSending) return;
    const { name, value } = event.submitter ?? {};
    const text = name === "suggestion" ? value : this.#text.value;
    if (this.#files.isBusy) this.#say(gettext("A file is still being uploaded."));
    else if (text.trim() || !this.#files.isEmpty) this.#ask(text);
    else this.#text.focus();
  }

  async #ask(text) {
    const fields = new FormData(this.#form);
    fields.set("text", text);
    this.#say("");
    this.#setSending(true);
    if (!this.#answering.isOn) emit(this, "turn-proposed", { text: text.trim() });
    await this.#panel.saved;
    const reply = await post(this.#form.action, fields);
    this.#setSending(false);
    if (!reply.ok) return this.#refused(reply);
    if (this.#text.value === text) this.#text.value = "";
    this.#files.clear();
    this.#typed();
    this.#form.elements.preset?.remove();
    if ("queue" in reply.data) return this.#queued(reply.data);
    this.#moveTo(reply.data);
    emit(this, "turn-taken", reply.data);
  }

  // It waits for the end of the answer.
  #queued(reply) {
    this.#form.elements.message_id.value = reply.message_id;
    emit(this, "turn-queued", reply);
  }

  #refused({ sentence, status }) {
    emit(this, "turn-refused", { status });
    this.#typed();
    this.#say(sentence);
    const login = this.querySelector("[data-login]");
    // Somebody without an account may write on with one.
    login.hidden = status !== 401 && (status !== 429 || document.querySelector(".sidebar__user"));
    login.search = new URLSearchParams({ next: location.pathname });
    this.#text.focus();
  }

  // The conversation has an address now: the page becomes that page.
  #moveTo({ conversation, title, message_id, sidebar }) {
    this.#form.elements.message_id.value = message_id;
    document.querySelector("[data-conversations]").innerHTML = sidebar;
    if (this.#form.dataset.conversation === conversation) return;
    const url = `/c/${conversation}/`;
    this.#form.dataset.conversation = conversation;
    this.#form.action = `${url}ask/`;
    this.#draft = new Draft(conversation);
    history.replaceState(null, "", url);
    entitle(title);
  }

  async #chooseModel() {
    const { value } = this.#form.elements.model;
    const reply = await this.#panel.change("/model/", undefined, value);
    this.#say(reply.ok ? reply.data.sentence : reply.sentence);
  }

  #askWith({ model, sees_images, is_changed }) {
    this.#form.elements.model.value = model;
    this.querySelector("model-picker").show?.();
    this.#files.toggleAttribute("data-sees-images", sees_images);
    this.querySelector("[popovertarget=parameters]").toggleAttribute("data-changed", is_changed);
  }

  #setSending(isSending) {
    this.#isSending = isSending;
    this.#text.readOnly = isSending; // a button that is disabled would lose the focus
  }

  #say(sentence) {
    this.querySelector("[data-login]").hidden = true;
    this.#sentence.textContent = sentence ?? "";
  }

  // Where CSS cannot yet let a textarea grow with its text.
  #fit() {
    if (CSS.supports("field-sizing", "content")) return;
    this.#text.style.blockSize = "auto";
    this.#text.style.blockSize = `${this.#text.scrollHeight}px`;
  }
}

customElements.define("chat-composer", ChatComposer);
