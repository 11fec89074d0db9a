// The page around the frame. Only the window that holds the frame is heeded, and only at an origin of the
// site's list; what it is told goes to that origin alone, and is never what was said.
//
// Emits what the page's script asks for: `hello`, `open`, `close`, `draft`, `identify` (detail:
// the message).
const HEEDED = ["hello", "open", "close", "draft", "identify"];

export class Host extends EventTarget {
  #key;
  #allowed;
  #origin = "";

  constructor(key, allowed) {
    super();
    this.#key = key;
    this.#allowed = allowed;
    if (this.isThere) window.addEventListener("message", (event) => this.#hear(event));
  }

  get isThere() {
    return window.parent !== window;
  }

  // Its origin as the browser tells it, before any message; "" where it does not.
  get origin() {
    if (!this.isThere) return "";
    return location.ancestorOrigins?.[0] || (document.referrer && new URL(document.referrer).origin);
  }

  tell(type, more = {}) {
    if (this.#origin) window.parent.postMessage({ rivulet: this.#key, type, ...more }, this.#origin);
  }

  tellEvent(name, detail = {}) {
    this.tell("event", { name, detail });
  }

  #hear({ source, origin, data }) {
    if (source !== window.parent || !this.#allowed.includes(origin)) return;
    if (data?.rivulet !== this.#key || !HEEDED.includes(data.type)) return;
    this.#origin = origin;
    this.dispatchEvent(new CustomEvent(data.type, { detail: data }));
  }
}
