// <conversation-list data-url>: the list of conversations as the server has it, whenever the doorbell
// rings or `library-changed` is heard, and a search in them while one types.
import { getText } from "../helpers/http.js";
import { gettext } from "../helpers/language.js";

const TYPING = 150;
const RINGING = 100;

class ConversationList extends HTMLElement {
  #box;
  #list;
  #results;
  #count = "";
  #html = "";
  #first = null;
  #timers = {};
  #more = new IntersectionObserver(([entry]) => entry.isIntersecting && this.#showMore(entry.target));

  connectedCallback() {
    this.#box = this.querySelector("input");
    this.#list = this.querySelector("[data-conversations]");
    this.#results = this.querySelector("[data-results]");
    this.#box.addEventListener("input", () => this.#later("search", TYPING, () => this.#search()));
    this.addEventListener("keydown", (event) => this.#key(event));
    this.#list.addEventListener("click", (event) => this.#clicked(event));
    for (const news of ["doorbell", "library-changed", "answer-ended"])
      document.addEventListener(news, () => this.#later("refresh", RINGING, () => this.#refresh()));
    this.#watch();
    if (this.#box.value) this.#search();
  }

  async #refresh() {
    const current = location.pathname.match(/^\/c\/([^/]+)/)?.[1] ?? "";
    const html = await getText(`${this.dataset.url}?count=${this.#count}&current=${current}`);
    // What is being renamed, or chosen from, is not pulled away.
    const isShown = html === this.#html && this.#first === this.#list.firstChild;
    if (!html || isShown || this.#list.querySelector("input, :popover-open")) return;
    const focused = this.#list.contains(document.activeElement) && document.activeElement.getAttribute("href");
    this.#list.innerHTML = this.#html = html;
    this.#first = this.#list.firstChild;
    if (focused) this.#list.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    this.#watch();
    this.#tellTitle();
  }

  // The title of the conversation on the page may be another by now.
  #tellTitle() {
    const title = this.#list.querySelector("[aria-current] [data-name]")?.textContent;
    const shown = document.querySelector("[data-title]");
    if (!title || !shown || shown.hidden || shown.textContent === title) return;
    shown.textContent = title;
    document.title = `${title} · Rivulet`;
  }

  #watch() {
    this.#more.disconnect();
    const link = this.#list.querySelector("[data-more]");
    if (link) this.#more.observe(link);
  }

  #clicked(event) {
    const link = event.target.closest("[data-more]");
    if (!link) return;
    event.preventDefault();
    this.#showMore(link);
  }

  #showMore(link) {
    this.#count = link.dataset.more;
    this.#refresh();
  }

  async #search() {
    const query = this.#box.value.trim();
    this.#show(Boolean(query));
    if (!query) return;
    const html = await getText(`${this.#box.form.getAttribute("action")}?fragment&q=${encodeURIComponent(query)}`);
    if (query !== this.#box.value.trim()) return;
    if (html) this.#results.innerHTML = html;
    else this.#results.textContent = gettext("The server cannot be reached. Try again in a moment.");
  }

  #show(isSearching) {
    this.#results.hidden = !isSearching;
    this.#list.hidden = isSearching;
    if (!isSearching) this.#results.textContent = "";
  }

  #key(event) {
    if (event.key === "Escape" && this.#box.value) {
      event.preventDefault();
      this.#box.value = "";
      this.#show(false);
      this.#box.focus();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.isComposing || event.target.matches(".rename")) return;
    if (event.target.closest("[popover]") !== this.closest("[popover]")) return; // the menu's
    const links = [this.#box, ...this.querySelectorAll(".sidebar__link, .result")].filter((link) => link.checkVisibility());
    const here = links.indexOf(event.target.closest(".sidebar__item")?.querySelector(".sidebar__link") ?? event.target);
    if (here < 0 || !links[here + step]) return;
    event.preventDefault();
    links[here + step].focus();
  }

  #later(what, milliseconds, does) {
    clearTimeout(this.#timers[what]);
    this.#timers[what] = setTimeout(does, milliseconds);
  }
}

customElements.define("conversation-list", ConversationList);
