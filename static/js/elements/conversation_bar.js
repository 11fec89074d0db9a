// <conversation-bar data-id>: the page's head. It gets its conversation with the first turn.

class ConversationBar extends HTMLElement {
  connectedCallback() {
    document.addEventListener("turn-taken", ({ detail }) => this.#name(detail.conversation));
  }

  #name(id) {
    if (!id || this.dataset.id) return;
    this.dataset.id = id;
    const menu = this.querySelector("[data-menu]");
    menu.href = `/c/${id}/options/`;
    menu.hidden = false;
    const keep = this.querySelector("[data-keep]");
    if (keep) [keep.action, keep.hidden] = [`/c/${id}/keep/`, false];
  }
}

customElements.define("conversation-bar", ConversationBar);
