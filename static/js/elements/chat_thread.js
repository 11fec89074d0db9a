// <chat-thread>: the turns of a conversation on the page, and the reader's place among them.
import { fromHTML } from "../helpers/dom.js";
import { getText } from "../helpers/http.js";
import { otherTabs } from "../models/other_tabs.js";
import { ScrollKeeper } from "../models/scroll_keeper.js";

const AWAY = 10_000;

class ChatThread extends HTMLElement {
  #turns;
  #keeper;
  #proposed = null;
  #hiddenAt = 0;

  connectedCallback() {
    this.#turns = this.querySelector("[data-turns]");
    const pill = document.querySelector("[data-latest]");
    this.#keeper = new ScrollKeeper(this, (isAtEdge) => (pill.hidden = isAtEdge));
    pill.addEventListener("click", () => this.#keeper.toEnd());
    this.addEventListener("answer-ended", ({ detail, target }) => this.#replace(target, detail.article));
    document.addEventListener("turn-proposed", ({ detail }) => this.#propose(detail.text));
    document.addEventListener("turn-refused", ({ detail }) => this.#withdraw(detail.status));
    document.addEventListener("turn-taken", ({ detail }) => this.#take(detail));
    otherTabs.listen((conversation) => conversation === this.#conversation && this.refresh());
    document.addEventListener("visibilitychange", () => this.#returned());
    window.addEventListener("pageshow", (event) => event.persisted && this.refresh());
  }

  // Bring the turns up to what the server has: another tab may have gone on.
  async refresh() {
    if (!this.#conversation || this.querySelector("live-answer")) return;
    const html = await getText(location.href);
    if (!html || this.#proposed || this.querySelector("live-answer")) return;
    const page = new DOMParser().parseFromString(html, "text/html");
    const fresh = [...page.querySelectorAll("[data-turns] > .message")];
    const known = new Set([...this.#turns.children].map((turn) => turn.dataset.id));
    const wanted = new Set(fresh.map((turn) => turn.dataset.id));
    for (const turn of [...this.#turns.children]) if (!wanted.has(turn.dataset.id)) turn.remove();
    this.#turns.append(...fresh.filter((turn) => !known.has(turn.dataset.id)));
  }

  get #conversation() {
    return location.pathname.match(/^\/c\/([^/]+)/)?.[1];
  }

  #propose(text) {
    const blank = document.getElementById("blank-message").content.firstElementChild;
    this.#proposed = document.importNode(blank, true);
    this.#proposed.querySelector(".message__body").textContent = text;
    this.#setInvitation(false);
    this.#add([this.#proposed]);
  }

  #withdraw(status) {
    this.#proposed?.remove();
    this.#proposed = null;
    this.#setInvitation(!this.#turns.children.length);
    if (status === 409) this.refresh();
  }

  // The turns that follow `after` from now on: a new one, or those of another branch.
  #take({ after, messages }) {
    this.#proposed?.remove();
    this.#proposed = null;
    if (!this.#cut(after)) return location.reload();
    const articles = messages.map(fromHTML);
    if ("running" in articles.at(-1).dataset) {
      articles.at(-1).dataset.fresh = "";
      this.#add(articles);
    } else this.#turns.append(...articles);
    otherTabs.tell(this.#conversation);
  }

  #cut(after) {
    const turns = [...this.#turns.children];
    const last = turns.findLastIndex((turn) => turn.dataset.id === after);
    for (const turn of turns.slice(last + 1)) turn.remove();
    return last >= 0 || !after;
  }

  #add(articles) {
    this.querySelector("[data-fresh]")?.removeAttribute("data-fresh");
    this.#turns.append(...articles);
    this.#keeper.toEnd();
  }

  #replace(old, article) {
    this.#keeper.keep(old, () => {
      old.replaceWith(article);
      return article;
    });
  }

  #returned() {
    if (document.hidden) this.#hiddenAt = performance.now();
    else if (performance.now() - this.#hiddenAt > AWAY) this.refresh();
  }

  #setInvitation(isShown) {
    const invitation = this.querySelector("[data-invitation]");
    if (invitation) invitation.hidden = !isShown;
  }
}

customElements.define("chat-thread", ChatThread);
