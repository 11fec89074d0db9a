// <conversation-list data-url>: the list of conversations as the server has it, whenever the doorbell
// rings or `library-changed` is heard, and a search in them while one types.
import { getText } from "../helpers/http.js";
import { gettext } from "../helpers/language.js";
import { conversationHere, entitle } from "../helpers/page.js";
import { recall, remember } from "../helpers/storage.js";

class ConversationList extends HTMLElement {
  #box;
  #list;
  #results;
  #count = "";
  #html = "";
  #first;
  #timers = {};
  #more = new IntersectionObserver(([{ isIntersecting, target }]) => isIntersecting && this.#showMore(target));

  connectedCallback() {
    this.#box = this.querySelector("input");
    this.#list = this.querySelector("[data-conversations]");
    this.#results = this.querySelector("[data-results]");
    this.#box.addEventListener("input", () => this.#soon("search", () => this.#search()));
    this.addEventListener("keydown", (event) => this.#key(event));
    this.#list.addEventListener("click", (event) => event.target.matches("[data-more]") && this.#showMore(event.target, event));
    for (const news of ["doorbell", "library-changed", "answer-ended"])
      document.addEventListener(news, () => this.#soon("refresh", () => this.#refresh()));
    // It stands where it stood on the page before.
    this.#list.scrollTop = recall("list");
    addEventListener("pagehide", () => remember("list", this.#list.scrollTop));
    this.#watch();
    if (this.#box.value) this.#search();
  }

  async #refresh() {
    const html = await getText(`${this.dataset.url}?count=${this.#count}&current=${conversationHere()}`);
    const isShown = html === this.#html && this.#first === this.#list.firstChild;
    // What is being renamed, or chosen from, is not pulled away.
    if (!html || isShown || this.#list.querySelector("input, :popover-open")) return;
    const focused = this.#list.querySelector(":focus")?.getAttribute("href");
    this.#list.innerHTML = this.#html = html;
    this.#first = this.#list.firstChild;
    if (focused) this.#list.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    this.#watch();
    // The title of the conversation on the page may be another by now.
    entitle(this.#list.querySelector("[aria-current] [data-name]")?.textContent);
  }

  #watch() {
    this.#more.disconnect();
    const link = this.#list.querySelector("[data-more]");
    if (link) this.#more.observe(link);
  }

  #showMore(link, event) {
    event?.preventDefault();
    this.#count = link.dataset.more;
    this.#refresh();
  }

  async #search() {
    const query = this.#box.value.trim();
    this.#results.hidden = !query;
    this.#list.hidden = Boolean(query);
    if (!query) return;
    const html = await getText(`${this.#box.form.action}?fragment&q=${encodeURIComponent(query)}`);
    if (query !== this.#box.value.trim()) return;
    this.#results.innerHTML = html || gettext("The server cannot be reached. Try again in a moment.");
  }

  #key(event) {
    if (event.key === "Escape" && this.#box.value) {
      event.preventDefault();
      this.#box.value = this.#results.textContent = "";
      this.#search();
      this.#box.focus();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const links = [this.#box, ...this.querySelectorAll(".sidebar__link, .result")].filter((link) => link.checkVisibility());
    const here = links.indexOf(event.target);
    if (!step || event.isComposing || here < 0 || !links[here + step]) return;
    event.preventDefault();
    links[here + step].focus();
  }

  #soon(what, does) {
    clearTimeout(this.#timers[what]);
    this.#timers[what] = setTimeout(does, 120);
  }
}

customElements.define("conversation-list", ConversationList);
