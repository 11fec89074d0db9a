// <shared-thread>: the turns of a shared conversation. New ones come when the doorbell rings, and are
// looked for every now and then where it cannot be heard.
import { getText } from "../helpers/http.js";
import { gettext } from "../helpers/language.js";

class SharedThread extends HTMLElement {
  connectedCallback() {
    const status = document.querySelector("[role=status]");
    this.addEventListener("answer-began", () => (status.textContent = gettext("Answering")));
    this.addEventListener("answer-ended", ({ target, detail }) => {
      target.replaceWith(detail.article);
      status.textContent = detail.sentence;
    });
    for (const news of ["doorbell", "visibilitychange"]) document.addEventListener(news, () => this.#refresh());
    setInterval(() => this.#refresh(), 15_000);
  }

  async #refresh() {
    if (document.hidden) return;
    const html = await getText(location.href);
    if (html === null) return location.reload(); // it was revoked: the page that says so
    if (!html) return;
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelectorAll("[data-turns] > .message");
    const turns = this.querySelector("[data-turns]");
    const known = new Map([...turns.children].map((turn) => [turn.dataset.id, turn]));
    const shown = [...fresh].map((turn) => known.get(turn.dataset.id) ?? turn);
    for (const turn of known.values()) if (!shown.includes(turn)) turn.remove();
    turns.append(...shown.filter((turn) => turn.parentNode !== turns));
  }
}

customElements.define("shared-thread", SharedThread);
