// <chat-thread data-address>: the turns of a conversation on the page, and the reader's place among them.
// They are asked for beneath the address; without one, that of the page's conversation.
//
// Emits `conversation-state` (title, turns, queue) when the server was asked what has changed.
import { emit, fragment, fromHTML, rest } from "../helpers/dom.js";
import { getText } from "../helpers/http.js";
import { gettext } from "../helpers/language.js";
import { conversationHere, entitle } from "../helpers/page.js";
import { ScrollKeeper } from "../models/scroll_keeper.js";
import { bringUpToDate, isRunning } from "../models/turns.js";

const NEARLY = 1500; // pixels before the first turn on the page, when earlier ones are fetched
const GONE = gettext(
  "This conversation is not here any more: it was deleted, or you are logged out. What you see stays until you leave.",
);

class ChatThread extends HTMLElement {
  #turns;
  #keeper;
  #proposed = null;
  #taken = 0; // how often turns came otherwise than by looking
  #looking = null;
  #isStale = false;
  #isGone = false;
  #isMore = false;

  connectedCallback() {
    this.#turns = this.querySelector("[data-turns]");
    const pill = document.querySelector("[data-latest]");
    this.#keeper = new ScrollKeeper(this, (isAtEdge) => (pill.hidden = isAtEdge && !this.#link("later")));
    pill.addEventListener("click", () => this.#toNewest());
    this.addEventListener("click", (event) => this.#fetchMore(event));
    // What an open form or menu kept from the page.
    this.addEventListener("toggle", ({ newState }) => newState === "closed" && this.refresh(), true);
    this.addEventListener("answer-ended", ({ detail, target }) => this.#replace(target, detail.article));
    document.addEventListener("turn-proposed", ({ detail }) => this.#propose(detail.text));
    document.addEventListener("turn-refused", ({ detail }) => this.#withdraw(detail.status));
    document.addEventListener("turn-queued", () => this.#withdraw());
    document.addEventListener("turn-taken", ({ detail }) => this.#take(detail));
    document.addEventListener("doorbell", ({ detail }) => this.#rung(detail.conversation));
    this.#open();
  }

  // Bring the page up to what the server has: another tab, device or the queue may have gone on.
  async refresh() {
    this.#isStale = true;
    if (this.#looking || this.#proposed || !this.#address) return this.#looking;
    this.#looking = this.#look();
    await this.#looking;
    this.#looking = null;
    if (this.#isStale && !this.#proposed) return this.refresh();
  }

  get #address() {
    return this.dataset.address ?? (conversationHere() && `/c/${conversationHere()}/`);
  }

  #rung(conversation) {
    if (this.dataset.address || !conversation || conversation === conversationHere()) this.refresh();
  }

  async #look() {
    this.#isStale = false;
    const taken = this.#taken;
    const text = await getText(`${this.#address}state/`);
    if (text === undefined) return;
    const state = JSON.parse(text) ?? { gone: true };
    if (state.gone) return this.#gone();
    if (this.#isGone) emit(this, "sentence", { text: "" });
    this.#isGone = false;
    entitle(state.title);
    emit(this, "conversation-state", state);
    if (this.#link("later")) return;
    const isChanged = () => this.#proposed || taken !== this.#taken;
    await bringUpToDate(this.#turns, state.turns, (ids) => this.#fetch(ids, isChanged), (change) => this.#change(change));
    if (isChanged()) this.#isStale = true;
  }

  async #fetch(ids, isChanged) {
    const html = await getText(`${this.#address}turns/?ids=${ids}`);
    return html && !isChanged() ? [...fragment(html).querySelectorAll(".message")] : null;
  }

  #change(change) {
    const isAtEdge = this.#keeper.isAtEdge;
    const last = this.#turns.lastElementChild;
    const near = this.#keeper.read;
    this.#keeper.keep(near, () => {
      change();
      return near && (document.getElementById(near.id) ?? near);
    });
    this.#setInvitation(!this.#turns.children.length);
    const added = this.#turns.lastElementChild;
    if (isAtEdge && added !== last && isRunning(added)) this.#stand();
  }

  #gone() {
    this.#isGone = true;
    emit(this, "sentence", { text: GONE });
  }

  #propose(text) {
    const blank = document.getElementById("blank-message").content.firstElementChild;
    this.#proposed = document.importNode(blank, true);
    this.#proposed.querySelector(".message__body").textContent = text;
    this.#setInvitation(false);
    this.#turns.append(this.#proposed);
    this.#stand();
  }

  #withdraw(status) {
    this.#forget();
    this.#setInvitation(!this.#turns.children.length);
    if (status === 409 || this.#isStale) this.refresh();
  }

  #forget() {
    this.#proposed?.remove();
    this.#proposed = null;
  }

  // The turns that follow `after` from now on: a new one, or those of another branch.
  #take({ after, messages }) {
    this.#taken += 1;
    this.#forget();
    if (this.#link("later")) return this.#toNewest();
    if (!this.#cut(after)) return location.reload();
    const articles = messages.map(fromHTML);
    this.#turns.append(...articles);
    if (isRunning(articles.at(-1))) this.#stand();
    if (this.#isStale) this.refresh();
  }

  #cut(after) {
    const turns = [...this.#turns.children];
    const last = turns.findLastIndex((turn) => turn.dataset.id === after);
    for (const turn of turns.slice(last + 1)) turn.remove();
    return last >= 0 || !after;
  }

  // The newest question near the top of the view, its answer below.
  #stand() {
    this.querySelector("[data-fresh]")?.removeAttribute("data-fresh");
    const turns = [...this.#turns.querySelectorAll(":scope > .message")];
    const question = turns.findLast((turn) => turn.dataset.role === "user");
    const last = turns.at(-1);
    last.dataset.fresh = "";
    this.#keeper.stand(question ?? last, last);
  }

  #replace(old, article) {
    this.#keeper.keep(old, () => {
      old.replaceWith(article);
      return article;
    });
  }

  #setInvitation(isShown) {
    const invitation = this.querySelector("[data-invitation]");
    if (invitation) invitation.hidden = !isShown;
  }

  // A page begins at its end; at the message that was looked for; or where the reader left it.
  async #open() {
    const { left } = this.#keeper;
    const found = this.querySelector("[data-found]");
    if (left) await this.#openAt(left);
    else if (found && left === undefined) this.#keeper.place(found);
    else if (this.#turns.querySelector(".message")) this.#keeper.toEnd();
    window.addEventListener("scroll", () => this.#reached(), { passive: true });
    this.#reached();
  }

  async #openAt({ id, top }) {
    const turn = () => document.getElementById(`m-${id}`);
    for (let pages = 0; pages < 5 && !turn() && this.#link("earlier"); pages++) await this.#more("earlier");
    if (turn()) this.#keeper.place(turn(), top);
    else this.#keeper.toEnd();
  }

  // Earlier turns come before the reader gets there.
  #reached() {
    const side = ["earlier", "later"].find((name) => near(this.#link(name)));
    if (side && !this.#isMore) this.#more(side);
  }

  #fetchMore(event) {
    const side = ["earlier", "later"].find((name) => event.target === this.#link(name));
    if (!side) return;
    event.preventDefault();
    this.#more(side);
  }

  async #more(side) {
    const link = this.#link(side);
    const hadFocus = link.matches(":focus");
    this.#isMore = true;
    const html = await getText(link.dataset[side]);
    this.#isMore = false;
    if (!html || !link.isConnected) return;
    const turns = fragment(html);
    turns.querySelector(side === "earlier" ? "[data-later]" : "[data-earlier]")?.remove();
    this.#keeper.keep(this.#keeper.read, () => void link.replaceWith(turns));
    if (hadFocus) (this.#link(side) ?? this).focus({ preventScroll: true });
    this.#reached();
  }

  async #toNewest() {
    if (this.#link("later")) {
      this.#turns.replaceChildren();
      history.replaceState(null, "", this.#address);
      await this.refresh();
    }
    this.#keeper.toEnd();
    rest();
  }

  #link(side) {
    return this.#turns.querySelector(`:scope > [data-${side}]`);
  }
}

function near(link) {
  if (!link) return false;
  const { top, bottom } = link.getBoundingClientRect();
  return bottom > -NEARLY && top < window.innerHeight + NEARLY;
}

customElements.define("chat-thread", ChatThread);
