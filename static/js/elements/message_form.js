// <message-form>: holds a form about a turn (again, continue, another version, ...) and posts it without
// leaving the page. A button with data-leaves is left to the browser.
//
// Emits `turn-taken` (the server's reply), or `turn-refused` (status) and `sentence` (text).
import { emit } from "../helpers/dom.js";
import { post } from "../helpers/http.js";

const TURNS = "[data-turns] > .message[data-id]";

class MessageForm extends HTMLElement {
  constructor() {
    super();
    this.addEventListener("submit", (event) => this.#submit(event));
  }

  async #submit(event) {
    const { submitter, target: form } = event;
    const turns = [...document.querySelectorAll(TURNS)];
    if (submitter?.hasAttribute("data-leaves") || !turns.length) return;
    event.preventDefault();
    const fields = new FormData(form, submitter);
    fields.set("head", turns.at(-1).dataset.id);
    const place = turns.indexOf(this.closest(".message"));
    const top = submitter?.getBoundingClientRect().top;
    const reply = await this.#post(submitter?.getAttribute("formaction") ?? form.getAttribute("action"), fields);
    if (!reply) return;
    if (!reply.ok) return this.#refused(reply);
    if (reply.data.reload) return location.assign(reply.data.reload);
    emit(this, "sentence", { text: "" });
    emit(this, "turn-taken", reply.data);
    goOn(document.querySelectorAll(TURNS)[place], submitter?.dataset.step, top);
  }

  async #post(url, fields) {
    if (this.ariaBusy) return;
    this.ariaBusy = "true";
    const reply = await post(url, fields);
    this.ariaBusy = null;
    return reply;
  }

  #refused({ sentence, status }) {
    emit(this, "turn-refused", { status });
    emit(document, "sentence", { text: sentence });
  }
}

// Whoever pages through versions finds the same button under their hand; else the box waits.
function goOn(turn, step, top) {
  if (!step) {
    if (matchMedia("(hover: hover)").matches) document.getElementById("message").focus({ preventScroll: true });
    return;
  }
  const button = turn.querySelector(`[data-step=${step}]:not(:disabled)`) ?? turn.querySelector("[data-step]:not(:disabled)");
  button.focus({ preventScroll: true });
  window.scrollBy({ top: button.getBoundingClientRect().top - top, behavior: "instant" });
}

customElements.define("message-form", MessageForm);
