// <door-bell data-url>: hears from the server which conversation has changed. While the page is seen
// it holds one WebSocket; where there can be none, a page looks when one comes back to it.
//
// Emits `doorbell` (conversation: its id, or "" where anything may have changed).
import { emit } from "../helpers/dom.js";
import { backoff } from "../helpers/time.js";

const HIDDEN_FOR = 30_000; // a page that nobody sees gives its connection back
const SILENT_FOR = 60_000; // a connection may be dead without saying so
const NOBODY = 4401; // the visitor has nothing yet that could change

class DoorBell extends HTMLElement {
  #socket = null;
  #attempt = 0;
  #timers = { retry: 0, hidden: 0, silent: 0 };

  connectedCallback() {
    document.addEventListener("visibilitychange", () => this.#seen());
    document.addEventListener("turn-taken", () => this.#socket || this.#connect());
    window.addEventListener("focus", () => this.#look());
    window.addEventListener("online", () => this.#connect());
    window.addEventListener("pageshow", (event) => event.persisted && this.#look());
    window.addEventListener("pagehide", () => this.#drop());
    if (!document.hidden) this.#connect();
  }

  #connect() {
    this.#drop();
    if (!this.dataset.url) return;
    const socket = new WebSocket(new URL(this.dataset.url, location.href.replace(/^http/, "ws")));
    socket.addEventListener("message", ({ data }) => this.#hear(JSON.parse(data)));
    socket.addEventListener("close", ({ code }) => socket === this.#socket && this.#lost(code));
    this.#socket = socket;
    this.#expectSound();
  }

  #drop() {
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #hear({ conversation }) {
    this.#attempt = 0;
    this.#expectSound();
    if (conversation !== undefined) this.#ring(conversation);
  }

  #lost(code) {
    this.#drop();
    if (code === NOBODY || document.hidden) return;
    this.#timers.retry = setTimeout(() => this.#connect(), backoff(this.#attempt++));
  }

  #seen() {
    clearTimeout(this.#timers.hidden);
    if (document.hidden) this.#timers.hidden = setTimeout(() => this.#drop(), HIDDEN_FOR);
    else this.#look();
  }

  // A connection that is made anew rings by itself; one that cannot be made never does.
  #look() {
    if (this.#socket?.readyState === WebSocket.OPEN) return;
    if (!this.#socket) this.#connect();
    this.#ring("");
  }

  #expectSound() {
    clearTimeout(this.#timers.silent);
    this.#timers.silent = setTimeout(() => this.#connect(), SILENT_FOR);
  }

  #ring(conversation) {
    emit(this, "doorbell", { conversation });
  }
}

customElements.define("door-bell", DoorBell);
