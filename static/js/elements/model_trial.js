// <model-trial>: a model's form, and the answer to it. What is typed stays; the code to copy follows it.
import { complain } from "../helpers/complaints.js";
import { fromHTML } from "../helpers/dom.js";
import { post } from "../helpers/http.js";
import { Answering } from "../models/answering.js";

const PAUSE = 300; // after the last key, before the code is asked for

class ModelTrial extends HTMLElement {
  #form;
  #run;
  #sentence;
  #answering;
  #answer;
  #typing = 0;
  #asked = 0;
  #isSending = false;

  connectedCallback() {
    this.#form = this.querySelector("form");
    this.#run = this.querySelector("[data-send]");
    this.#sentence = this.querySelector("[data-sentence]");
    this.#answering = new Answering(this.#form, { place: this, say: (sentence) => this.#say(sentence) });
    this.#answer = this.querySelector("[data-answer]");
    this.addEventListener("submit", (event) => this.#submit(event));
    this.#form.addEventListener("input", () => this.#typed());
    this.#form.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("answer-ended", ({ detail, target }) => target.replaceWith(detail.article));
  }

  #key(event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.#form.requestSubmit(this.#run);
  }

  #submit(event) {
    event.preventDefault();
    if (this.#answering.stops(event.submitter) || this.#isSending || this.#answering.isOn) return;
    this.#ask(event.target.action, event.target === this.#form ? new FormData(this.#form) : undefined);
  }

  // The form anew, or the same input again (`fields` undefined).
  async #ask(url, fields) {
    this.#say("");
    this.#setSending(true);
    const reply = await post(url, fields);
    this.#setSending(false);
    this.#mark(reply.data?.errors);
    if (!reply.ok) return this.#say(reply.sentence);
    history.replaceState(null, "", reply.data.url);
    this.#answer.replaceChildren(fromHTML(reply.data.message));
  }

  #mark(errors) {
    const wrong = complain(this, errors);
    wrong?.closest("details")?.setAttribute("open", "");
    wrong?.querySelector("input, select, textarea").focus();
  }

  #setSending(isSending) {
    this.#isSending = isSending;
    this.#run.setAttribute("aria-disabled", isSending);
  }

  #say(sentence) {
    this.#sentence.textContent = sentence ?? "";
  }

  #typed() {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.#showCode(), PAUSE);
  }

  async #showCode() {
    const asked = ++this.#asked;
    const reply = await post(this.#form.dataset.codeUrl, new FormData(this.#form));
    if (!reply.ok || asked !== this.#asked) return;
    for (const code of document.querySelectorAll("[data-snippet]")) {
      code.textContent = reply.data.snippets[code.dataset.snippet];
    }
  }
}

customElements.define("model-trial", ModelTrial);
