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

  // The files that go with it, as HTML.
  get files() {
    return this.#storage?.getItem(`${this.#key}:files`) ?? "";
  }

  set files(html) {
    if (html) this.#storage?.setItem(`${this.#key}:files`, html);
    else this.#storage?.removeItem(`${this.#key}:files`);
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
