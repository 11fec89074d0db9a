// <conversation-menu popover>: what can be done with a conversation. Each [data-menu] link opens it for
// the [data-id] around it, or leads to a page with the same. Emits `library-changed`.
import { emit, make } from "../helpers/dom.js";
import { post } from "../helpers/http.js";
import { isPlain, isWriting, walk } from "../helpers/keys.js";
import { gettext } from "../helpers/language.js";
import { conversationHere, entitle } from "../helpers/page.js";
import { openShares } from "../models/shares.js";
import { toast } from "../models/toasts.js";

class ConversationMenu extends HTMLElement {
  #host;
  #opener;

  connectedCallback() {
    if (this.onclick) return; // it moves about
    this.onclick = ({ target }) => this.#choose(target.closest("[data-do]"));
    this.addEventListener("keydown", (event) => (event.key === "Tab" ? this.hidePopover() : walk(event, this.#items)));
    this.addEventListener("toggle", ({ newState }) => newState === "closed" && this.#closed());
    document.addEventListener("click", (event) => this.#clicked(event));
    document.addEventListener("turn-taken", ({ detail }) => begin(detail.conversation));
  }

  #clicked(event) {
    const opener = event.target.closest("[data-menu]");
    if (!opener || !isPlain(event)) return;
    event.preventDefault();
    const wasOpen = this.matches(":popover-open");
    if (wasOpen) this.hidePopover();
    if (!wasOpen || opener !== this.#opener) this.#open(opener);
  }

  #open(opener) {
    this.#opener = opener;
    this.#host = opener.closest("[data-id]");
    const { dataset } = this.#host;
    const has = (names = "") => names.split(" ").some((name) => name in dataset);
    for (const item of this.querySelectorAll("[data-do]")) {
      item.hidden = has(item.dataset.unless) || !has(item.dataset.if ?? "id");
      if (item.matches("a")) item.href = `/c/${dataset.id}/${item.dataset.do}`;
    }
    this.#host.append(this); // inside the drawer, so that the drawer stays open
    this.showPopover();
    const { left, right, top, bottom } = opener.getBoundingClientRect();
    const [width, height] = [this.offsetWidth, this.offsetHeight];
    // In view, also once the window is another.
    this.style.top = `clamp(8px, ${bottom + height < innerHeight ? bottom : top - height}px, 100dvh - ${height + 8}px)`;
    this.style.left = `clamp(8px, ${right > width ? right - width : left}px, 100vw - ${width + 8}px)`;
    opener.setAttribute("aria-expanded", "true");
    this.#items[0].focus();
  }

  #closed() {
    this.#opener.removeAttribute("aria-expanded");
    document.body.append(this); // the list may be replaced now
  }

  get #items() {
    return [...this.querySelectorAll("[data-do]:not([hidden])")];
  }

  #choose(item) {
    if (!item) return;
    const [host, opener, verb] = [this.#host, this.#opener, item.dataset.do];
    const { id } = host.dataset;
    this.hidePopover();
    opener.focus();
    if (verb === "rename") rename(host, opener);
    else if (verb === "share") openShares(id);
    else if (verb === "delete" && isHere(id)) leave(`/c/${id}/delete/`);
    else if (item.matches("button")) change(id, verb);
  }
}

// The page has a conversation with its first turn.
function begin(id) {
  const bar = document.querySelector("conversation-bar:not([data-id])");
  if (!bar || !id) return;
  bar.dataset.id = id;
  const [menu, keep] = [bar.querySelector("[data-menu]"), bar.querySelector("[data-keep]")];
  menu.href = `/c/${id}/options/`;
  menu.hidden = false;
  if (keep) [keep.action, keep.hidden] = [`/c/${id}/keep/`, false];
}

async function change(id, verb) {
  const reply = await post(`/c/${id}/${verb}/`);
  if (!reply.ok) return toast(reply.sentence);
  const { pinned, archived, html } = reply.data;
  for (const { dataset } of document.querySelectorAll(`[data-id="${id}"]`)) {
    for (const [name, is] of Object.entries({ pinned, archived })) is ? (dataset[name] = "") : delete dataset[name];
  }
  if (html) toast(html, changed);
  else if (verb === "archive") toast(gettext("Archived. It can be found, and is under “Archived”."));
  changed();
}

function changed() {
  if (document.querySelector("[data-reload]")) location.reload();
  emit(document, "library-changed");
}

// The title becomes a field where it stands: Enter or leaving keeps what is typed, Escape does not.
function rename(host, opener) {
  const name = host.querySelector("[data-name]");
  const place = name.closest("a") ?? name;
  const old = name.textContent;
  const field = make("input", { className: "field rename", value: old, maxLength: 100, dir: "auto", ariaLabel: gettext("Title") });
  place.hidden = true;
  place.after(field);
  field.select();
  field.focus();

  const end = async (title) => {
    field.onblur = null;
    const hadFocus = field.matches(":focus");
    field.remove();
    place.hidden = false;
    if (hadFocus) opener.focus({ preventScroll: true });
    if (!title || title === old) return;
    name.textContent = title;
    const reply = await post(`/c/${host.dataset.id}/rename/`, new URLSearchParams({ title }));
    if (!reply.ok) {
      name.textContent = old;
      toast(reply.sentence);
    } else if (isHere(host.dataset.id)) entitle(title);
    changed();
  };
  field.onblur = () => end(field.value.trim());
  field.onkeydown = (event) => {
    if (isWriting(event) || !/^(Enter|Escape)$/.test(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    end(event.key === "Enter" && field.value.trim());
  };
}

const isHere = (id) => conversationHere() === id;

// The next page offers to undo. On this one nothing asks any more for what is gone then.
function leave(url) {
  history.replaceState(null, "", "/");
  for (const answer of document.querySelectorAll("live-answer")) answer.replaceWith(...answer.childNodes);
  const token = document.querySelector("[name=csrfmiddlewaretoken]").cloneNode();
  const form = make("form", { method: "post", action: url }, token);
  document.body.append(form);
  form.submit();
}

customElements.define("conversation-menu", ConversationMenu);
