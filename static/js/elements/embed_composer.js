// <embed-composer>: where a visitor of an embed writes, sends and stops. The text leaves the box only
// after the server has taken it.
//
// `begin` is set by whoever knows how a visit begins. Emits `turn-proposed` (text), then `turn-taken` (the
// server's reply) or `turn-refused` (status, code).
import { emit } from "../helpers/dom.js";
import { isEnter } from "../helpers/keys.js";
import { post } from "../helpers/http.js";
import { gettext } from "../helpers/language.js";
import { Draft } from "../helpers/storage.js";
import { Answering } from "../models/answering.js";

class EmbedComposer extends HTMLElement {
  begin = async () => ({ ok: true });
  #form;
  #text;
  #answering;
  #draft = new Draft(location.pathname);
  #isHeld = false;

  connectedCallback() {
    this.#form = this.querySelector("form");
    this.#text = this.querySelector("textarea");
    this.#answering = new Answering(this.#form, { place: document, rest: this.#text, say: (sentence) => this.say(sentence) });
    this.#text.value ||= this.#draft.text;
    this.#renewId();
    this.#form.addEventListener("submit", (event) => this.#submit(event));
    this.#form.addEventListener("click", ({ target }) => target === this.#form && this.#text.focus());
    this.#text.addEventListener("input", () => this.#typed());
    this.#text.addEventListener("keydown", (event) => {
      if (!isEnter(event)) return;
      event.preventDefault();
      this.#form.requestSubmit(this.querySelector("[data-send]"));
    });
    document.addEventListener("sentence", ({ detail }) => this.say(detail.text));
    new ResizeObserver(() => document.documentElement.style.setProperty("--dock", `${this.offsetHeight}px`)).observe(this);
    this.#fit();
  }

  // What the page around the frame, or a suggestion, would have the visitor say: they send it.
  set draft(text) {
    if (this.#text.disabled) return;
    this.#text.value = text;
    this.#typed();
    this.#text.setSelectionRange(text.length, text.length);
  }

  // Whether nothing can be typed or sent for a moment. A button that is disabled would lose the focus.
  set isHeld(isHeld) {
    this.#isHeld = isHeld;
    this.#text.readOnly = isHeld;
  }

  forget() {
    this.#text.value = "";
    this.#typed();
  }

  focusBox() {
    this.#text.focus({ preventScroll: true });
  }

  say(sentence) {
    this.querySelector("[data-sentence]").textContent = sentence ?? "";
  }

  async ask(text) {
    if (this.#isHeld || !text.trim()) return this.#text.focus();
    if (this.#answering.isOn) return this.say(gettext("An answer is still being written. Wait for its end, or stop it."));
    const fields = new FormData(this.#form);
    fields.set("text", text);
    this.say("");
    this.isHeld = true;
    emit(this, "turn-proposed", { text: text.trim() });
    const begun = await this.begin();
    const reply = begun.ok ? await post(this.#form.dataset.address, fields) : begun;
    this.isHeld = false;
    if (!reply.ok) return this.#refused(reply);
    if (this.#text.value === text) this.#text.value = "";
    this.#typed();
    this.#renewId();
    emit(this, "turn-taken", reply.data);
  }

  #refused({ sentence, status, data }) {
    emit(this, "turn-refused", { status, code: data?.code ?? "unreachable" });
    this.#typed();
    this.say(sentence);
    this.#text.focus();
  }

  #submit(event) {
    event.preventDefault();
    if (!this.#answering.stops(event.submitter)) this.ask(this.#text.value);
  }

  // The same id is the same turn: sent twice, it is answered once.
  #renewId() {
    this.#form.elements.message_id.value = uuid();
  }

  #typed() {
    this.#draft.text = this.#text.value;
    this.#fit();
  }

  // Where CSS cannot yet let a textarea grow with its text.
  #fit() {
    if (CSS.supports("field-sizing", "content")) return;
    this.#text.style.blockSize = "auto";
    this.#text.style.blockSize = `${this.#text.scrollHeight}px`;
  }
}

// crypto.randomUUID is not there on plain http; random bytes are.
function uuid() {
  const bytes = [...crypto.getRandomValues(new Uint8Array(16))];
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

customElements.define("embed-composer", EmbedComposer);
