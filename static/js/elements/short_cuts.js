// <short-cuts data-new-url>: the keys that the pages know, and the sheet that lists them. They can be
// switched off, which this browser remembers; then only the sheet's button is left.
//
// They press what is on the page: whatever has no button just now has no key either.
import { recall, remember } from "../helpers/storage.js";

const SEARCH = "#sidebar [type=search], main [type=search]";
const OFF = "shortcuts-off";
const isMac = /Mac|iP(hone|ad)/.test(navigator.platform);

class ShortCuts extends HTMLElement {
  #sheet;
  #switch;
  #keys = {
    "?": () => this.#toggle(),
    "mod+/": () => this.#toggle(),
    "mod+shift+o": () => location.assign(this.dataset.newUrl) ?? true,
    "/": () => this.#goTo(SEARCH),
    "mod+k": () => this.#goTo(SEARCH),
    "mod+b": () => this.#goTo("#sidebar [aria-current], #sidebar a"),
    "shift+escape": () => this.#goTo("#message"),
    "mod+shift+c": () => press([...document.querySelectorAll("[data-role=assistant] .message__foot > copy-button .copy")].at(-1)),
    "escape": (event) => isBox(event.target) && press(document.querySelector("[data-stop]")),
    "arrowup": (event) => isBox(event.target) && !event.target.value && press(lastEdit()),
  };

  connectedCallback() {
    this.#sheet = this.querySelector("dialog");
    this.#switch = this.querySelector("[type=checkbox]");
    this.#switch.checked = !recall(OFF, "localStorage");
    this.#switch.addEventListener("change", () => this.#remember());
    this.#sheet.addEventListener("click", ({ target }) => target === this.#sheet && this.#sheet.close());
    document.addEventListener("keydown", (event) => this.#key(event));
    for (const opener of document.querySelectorAll("[data-short-cuts]")) {
      opener.hidden = false;
      opener.addEventListener("click", () => this.#toggle());
    }
    if (isMac) for (const key of this.querySelectorAll("[data-mod]")) key.textContent = "⌘";
  }

  #key(event) {
    if (!this.#switch.checked || event.defaultPrevented || event.isComposing || event.repeat) return;
    const name = nameOf(event);
    if (name.length === 1 && isTyping(event.target)) return;
    if (document.querySelector("dialog:modal") && !["?", "mod+/"].includes(name)) return;
    if (this.#keys[name]?.(event)) event.preventDefault();
  }

  #toggle() {
    this.#sheet.open ? this.#sheet.close() : this.#sheet.showModal();
    return true;
  }

  // On a phone the sidebar is a drawer, which has to be open before anything in it can be focused.
  #goTo(selector) {
    const target = document.querySelector(selector);
    const drawer = target?.closest("[popover]");
    if (drawer && !target.checkVisibility()) drawer.showPopover();
    target?.focus();
    return Boolean(target);
  }

  #remember() {
    remember(OFF, this.#switch.checked ? "" : "1", "localStorage");
  }
}

// "mod+shift+o", "shift+escape", "?". What Shift does to a sign is in the sign already.
function nameOf({ key, code, ctrlKey, metaKey, altKey, shiftKey }) {
  const isMod = isMac ? metaKey : ctrlKey;
  if (altKey || (isMac ? ctrlKey : metaKey)) return "";
  const letter = /^Key[A-Z]$/.test(code) && !/^[a-z]$/i.test(key) ? code.slice(3) : key;
  const isSign = letter.length === 1 && !/[a-z]/i.test(letter);
  return [isMod && "mod", shiftKey && !isSign && "shift", letter.toLowerCase()].filter(Boolean).join("+");
}

const isTyping = (target) => target.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

const isBox = (target) => target.id === "message" && !document.querySelector(":popover-open");

const lastEdit = () => [...document.querySelectorAll(".queued [data-edit], [data-role=user] message-inline a")].at(-1);

function press(control) {
  const isThere = Boolean(control?.checkVisibility({ visibilityProperty: true })) && !control.disabled;
  if (isThere) control.click();
  return isThere;
}

customElements.define("short-cuts", ShortCuts);
