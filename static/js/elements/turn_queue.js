// <turn-queue>: what waits for the end of an answer. Every tab shows the same.
//
// Its new state comes with `turn-queued` (a reply) and `conversation-state`, each with `queue` (HTML).
import { emit } from "../helpers/dom.js";
import { post } from "../helpers/http.js";

class TurnQueue extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", (event) => this.#act(event));
    for (const name of ["turn-queued", "conversation-state"]) {
      document.addEventListener(name, ({ detail }) => this.#show(detail.queue));
    }
  }

  async #act(event) {
    event.preventDefault();
    const { submitter } = event;
    submitter.disabled = true;
    const reply = await post(submitter.formAction);
    submitter.disabled = false;
    emit(this, "sentence", { text: reply.sentence });
    if (reply.ok) this.#show(reply.data.queue);
    if (reply.ok && "edit" in submitter.dataset) this.#takeBack(reply.data);
    // Whether or not it was still there, what the server has now is what counts.
    emit(this, "doorbell", { conversation: "" });
  }

  #show(html) {
    if (html === undefined || withoutTokens(html) === withoutTokens(this.#html)) return;
    this.#html = html;
    const place = this.#focused();
    this.innerHTML = html;
    if (place) (this.querySelector(place) ?? document.getElementById("message")).focus({ preventScroll: true });
  }

  #html = this.innerHTML;

  #focused() {
    const button = this.contains(document.activeElement) && document.activeElement;
    return button && `[formaction="${button.getAttribute("formaction")}"]`;
  }

  // Back into the box, before what is half-written there.
  #takeBack({ text, attachments }) {
    const box = document.getElementById("message");
    box.value = box.value.trim() ? `${text}\n\n${box.value}` : text;
    box.dispatchEvent(new InputEvent("input", { bubbles: true }));
    box.focus();
    emit(this, "turn-taken-back", { attachments });
  }
}

function withoutTokens(html) {
  return html.replace(/value="\w{64}"/g, "").trim();
}

customElements.define("turn-queue", TurnQueue);
