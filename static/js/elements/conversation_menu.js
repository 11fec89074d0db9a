// <conversation-menu popover>: what can be done with a conversation. Each [data-menu] link opens it for
// the [data-id] that it is in; without this script the link leads to a page with the same.
//
// Emits `library-changed`.
import { emit } from "../helpers/dom.js";
import { post } from "../helpers/http.js";
import { gettext } from "../helpers/language.js";
import { rename } from "../models/renaming.js";
import { openShares } from "../models/shares.js";
import { toast } from "../models/toasts.js";

const SETS = { pin: ["pinned", "archived"], unpin: [null, "pinned"], archive: ["archived", "pinned"], unarchive: [null, "archived"] };

class ConversationMenu extends HTMLElement {
  #host;
  #opener;
  #isReady = false;

  connectedCallback() {
    if (this.#isReady) return; // it moves about
    this.#isReady = true;
    document.addEventListener("click", (event) => this.#clicked(event));
    this.addEventListener("click", ({ target }) => this.#choose(target.closest("[data-do]")));
    this.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("toggle", ({ newState }) => newState === "closed" && this.#closed());
  }

  #clicked(event) {
    const opener = event.target.closest("[data-menu]");
    const isPlain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.button);
    if (!opener || !isPlain) return;
    event.preventDefault();
    const isToggled = this.matches(":popover-open") && opener === this.#opener;
    if (this.matches(":popover-open")) this.hidePopover();
    if (!isToggled) this.#open(opener);
  }

  #open(opener) {
    this.#opener = opener;
    this.#host = opener.closest("[data-id]");
    const { id } = this.#host.dataset;
    for (const item of this.querySelectorAll("[data-do]")) {
      const has = (names) => names.split(" ").some((name) => name in this.#host.dataset);
      item.hidden = has(item.dataset.unless ?? "none") || !has(item.dataset.if ?? "id");
      if (item.matches("a")) item.href = `/c/${id}/${item.dataset.do}`;
    }
    this.#host.append(this); // inside the drawer, so that the drawer stays open
    this.showPopover();
    this.#place(opener.getBoundingClientRect());
    opener.setAttribute("aria-expanded", "true");
    this.#items[0].focus();
  }

  #place({ left, right, top, bottom }) {
    const { offsetWidth: width, offsetHeight: height } = this;
    const fits = bottom + height + 8 < innerHeight;
    this.style.top = `${Math.max(8, fits ? bottom + 4 : Math.min(top - height - 4, innerHeight - height - 8))}px`;
    const start = right - width > 8 ? right - width : left;
    this.style.left = `${Math.max(8, Math.min(start, innerWidth - width - 8))}px`;
  }

  #closed() {
    this.#opener?.removeAttribute("aria-expanded");
    document.body.append(this); // the list may be replaced now
  }

  get #items() {
    return [...this.querySelectorAll("[data-do]")].filter((item) => !item.hidden);
  }

  #key(event) {
    const items = this.#items;
    const here = items.indexOf(document.activeElement);
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Tab") return this.hidePopover();
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    items.at(to % items.length).focus();
  }

  #choose(item) {
    if (!item) return;
    const [host, opener] = [this.#host, this.#opener];
    const { id } = host.dataset;
    const verb = item.dataset.do;
    this.hidePopover();
    opener.focus();
    if (verb === "rename") rename(host, opener);
    else if (verb === "share") openShares(id);
    else if (verb === "delete") this.#delete(id);
    else if (item.matches("button")) this.#change(host, id, verb);
  }

  async #change(host, id, verb) {
    const reply = await post(`/c/${id}/${verb}/`);
    if (!reply.ok) return toast(reply.sentence);
    for (const each of document.querySelectorAll(`[data-id="${id}"]`)) {
      const [set, unset] = SETS[verb];
      delete each.dataset[unset];
      if (set) each.dataset[set] = "";
    }
    if (verb === "archive") toast(gettext("Archived. It can be found, and is under “Archived”."));
    this.#changed();
  }

  async #delete(id) {
    const url = `/c/${id}/delete/`;
    if (location.pathname.startsWith(`/c/${id}/`)) return submit(url); // the next page offers to undo
    const reply = await post(url);
    if (!reply.ok) return toast(reply.sentence);
    toast(reply.data.toast, { isHTML: true, undone: () => this.#changed() });
    this.#changed();
  }

  #changed() {
    emit(document, "library-changed");
    const page = document.querySelector("[data-reload]");
    if (page) fetch(location.href).then(async (response) => {
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
      page.replaceWith(fresh.querySelector("[data-reload]") ?? page);
    }, () => {});
  }
}

function submit(url) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = url;
  form.append(document.querySelector("[name=csrfmiddlewaretoken]").cloneNode());
  document.body.append(form);
  form.submit();
}

customElements.define("conversation-menu", ConversationMenu);
