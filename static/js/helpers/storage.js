// What this tab, or this browser ("localStorage"), remembers. Some forbid that; then nothing is kept.

export function recall(key, storage = "sessionStorage") {
  try {
    return window[storage].getItem(key) ?? "";
  } catch {
    return "";
  }
}

export function remember(key, text, storage = "sessionStorage") {
  try {
    if (text) window[storage].setItem(key, text);
    else window[storage].removeItem(key);
  } catch {
    // Forbidden, or full.
  }
}

// What is typed and not sent yet, one text a conversation, kept in this tab through reloads.
export class Draft {
  #key;

  constructor(conversation) {
    this.#key = `draft:${conversation || "new"}`;
  }

  get text() {
    return recall(this.#key);
  }

  set text(text) {
    remember(this.#key, text);
  }

  // The files that go with it, as HTML.
  get files() {
    return recall(`${this.#key}:files`);
  }

  set files(html) {
    remember(`${this.#key}:files`, html);
  }
}
