// <watched-answer>: somebody's answer as it is being written, and Stop for those who may.
import "../elements/live_answer.js";
import { submit } from "../helpers/http.js";

class WatchedAnswer extends HTMLElement {
  connectedCallback() {
    this.addEventListener("answer-ended", ({ detail, target }) => this.#end(target, detail));
    this.addEventListener("submit", (event) => this.#stop(event));
  }

  #end(old, { article, sentence }) {
    old.replaceWith(article);
    this.querySelector(".watch-stop")?.remove();
    this.querySelector("[data-said]").textContent = sentence;
  }

  async #stop(event) {
    const [button, told] = ["button", "[data-sentence]"].map((each) => event.target.querySelector(each));
    button.setAttribute("aria-disabled", true);
    const reply = await submit(event);
    told.textContent = reply.ok ? "Stopping…" : reply.sentence;
    if (!reply.ok) button.removeAttribute("aria-disabled");
  }
}

customElements.define("watched-answer", WatchedAnswer);
