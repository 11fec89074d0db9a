// What is typed and not sent yet, one text a conversation, kept in this tab through reloads.

export class Draft {
  #key;

  constructor(conversation) {
    this.#key = `draft:${conversation || "new"}`;
  }

  get text() {
    return this.#storage?.getItem(this.#key) ?? "";
  }

  set text(text) {
    if (text) this.#storage?.setItem(this.#key, text);
    else this.#storage?.removeItem(this.#key);
  }

  // Some browsers forbid storage; then there are no drafts.
  get #storage() {
    try {
      return window.sessionStorage;
    } catch {
      return null;
    }
  }
}
