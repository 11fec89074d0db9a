// Tells this browser's other tabs that a conversation has a new turn. It carries no words.

class OtherTabs {
  #channel = null;
  #listener = () => {};

  constructor() {
    this.#open();
    window.addEventListener("pagehide", () => this.#channel.close());
    window.addEventListener("pageshow", (event) => event.persisted && this.#open());
  }

  listen(listener) {
    this.#listener = listener;
  }

  tell(conversation) {
    this.#channel.postMessage(conversation);
  }

  #open() {
    this.#channel = new BroadcastChannel("turns");
    this.#channel.addEventListener("message", ({ data }) => this.#listener(data));
  }
}

export const otherTabs = new OtherTabs();
