// What is typed and not sent yet, one text a conversation, kept in this tab through reloads.
import { recall, remember } from "../helpers/storage.js";

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
