// <model-trial>: a model's form, and the answer to it. What is typed stays; the code to copy follows it.
import { fromHTML } from "../helpers/dom.js";
import { post } from "../helpers/http.js";
import { gettext } from "../helpers/language.js";

const PAUSE = 300; // after the last key, before the code is asked for

class ModelTrial extends HTMLElement {
  #form;
  #run;
  #stop;
  #sentence;
  #status;
  #answer;
  #typing = 0;
  #asked = 0;
  #isSending = false;

  connectedCallback() {
    this.#form = this.querySelector("form");
    this.#run = this.querySelector("[data-run]");
    this.#stop = this.querySelector("[data-stop]");
    this.#sentence = this.querySelector("[data-sentence]");
    this.#status = this.querySelector("[role=status]");
    this.#answer = this.querySelector("[data-answer]");
    this.addEventListener("submit", (event) => this.#submit(event));
    this.#form.addEventListener("input", () => this.#typed());
    this.#form.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("answer-began", ({ detail }) => this.#began(detail.stopUrl));
    this.addEventListener("answer-ended", ({ detail, target }) => this.#ended(target, detail));
  }

  #key(event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.#form.requestSubmit(this.#run);
  }

  #submit(event) {
    event.preventDefault();
    if (event.submitter === this.#stop) return this.#stopAnswer();
    if (this.#isSending || this.#isAnswering) return;
    this.#ask(event.target.action, event.target === this.#form ? new FormData(this.#form) : undefined);
  }

  // The form anew, or the same input again (`fields` undefined).
  async #ask(url, fields) {
    this.#say("");
    this.#setSending(true);
    const reply = await post(url, fields);
    this.#setSending(false);
    this.#mark(reply.data?.errors ?? {});
    if (!reply.ok) return this.#say(reply.sentence);
    history.replaceState(null, "", reply.data.url);
    this.#answer.replaceChildren(fromHTML(reply.data.message));
  }

  #mark(errors) {
    for (const complaint of this.querySelectorAll(".input__error")) {
      const id = complaint.id.replace(/_error$/, "");
      complaint.textContent = errors[id] ?? "";
      complaint.parentElement.toggleAttribute("data-wrong", id in errors);
      const field = document.getElementById(id);
      const about = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((each) => each && each !== complaint.id);
      if (id in errors) about.push(complaint.id);
      field.setAttribute("aria-invalid", id in errors);
      field.setAttribute("aria-describedby", about.join(" "));
    }
    const wrong = this.querySelector("[data-wrong]");
    wrong?.closest("details")?.setAttribute("open", "");
    wrong?.querySelector("input, select, textarea").focus();
  }

  async #stopAnswer() {
    this.#stop.disabled = true;
    const reply = await post(this.#stop.formAction);
    this.#stop.disabled = false;
    this.#say(reply.sentence);
    // The stream tells of the end. Should it be down just now, the server is asked.
    if (reply.ok) setTimeout(() => this.querySelector("live-answer")?.check(), 2500);
  }

  #began(stopUrl) {
    this.#stop.formAction = stopUrl;
    this.#setAnswering(true);
    this.#status.textContent = gettext("Answering");
  }

  #ended(old, { article, sentence }) {
    old.replaceWith(article);
    this.#setAnswering(false);
    this.#status.textContent = sentence;
  }

  get #isAnswering() {
    return !this.#stop.hidden;
  }

  #setAnswering(isAnswering) {
    const hadFocus = this.#run.matches(":focus") || this.#stop.matches(":focus");
    this.#stop.hidden = !isAnswering;
    this.#run.hidden = isAnswering;
    if (hadFocus) (isAnswering ? this.#stop : this.#run).focus({ preventScroll: true });
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
