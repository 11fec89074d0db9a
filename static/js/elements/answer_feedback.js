// <answer-feedback>: thumbs for an answer, and after one down the question why.
import { emit, fromHTML } from "../helpers/dom.js";
import { post } from "../helpers/http.js";

class AnswerFeedback extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", (event) => this.#tell(event));
  }

  async #tell(event) {
    event.preventDefault();
    const isThumb = event.target.matches(".feedback__thumbs");
    const fields = new FormData(event.target, event.submitter);
    const reply = await post(event.target.action, fields);
    emit(this, "sentence", { text: reply.sentence });
    if (!reply.ok) return;
    const fresh = fromHTML(reply.data.html);
    this.replaceWith(fresh);
    if (isThumb && fields.get("verdict") === "bad") fresh.querySelector("[popover]").showPopover();
    else fresh.querySelector(isThumb ? `[name=verdict].${event.submitter.classList[1] ?? "icon-button"}` : ".feedback__why").focus();
  }
}

customElements.define("answer-feedback", AnswerFeedback);
