// <running-list data-url>: the list of what is being written, kept up to date while it is seen. What
// has the focus keeps it.
import { become, becomeAll } from "../helpers/become.js";
import { fragment } from "../helpers/dom.js";
import { getText } from "../helpers/http.js";
import { wait } from "../helpers/time.js";

const EVERY = 2000;

class RunningList extends HTMLElement {
  connectedCallback() {
    this.#keepUp();
  }

  async #keepUp() {
    while (this.isConnected) {
      await wait(EVERY);
      if (document.hidden) continue;
      const html = await getText(this.dataset.url);
      if (html === null) return location.reload(); // logged out in the meantime
      this.toggleAttribute("data-lost", html === undefined);
      if (html) this.#show(fragment(html));
    }
  }

  #show(fresh) {
    const body = this.querySelector("tbody");
    const rows = [...fresh.querySelectorAll("tbody > tr")];
    if (!body && !rows.length) return;
    if (!body || !rows.length) return this.replaceChildren(fresh);
    this.#showRows(body, rows);
    become(this.querySelector(".live-count"), fresh.querySelector(".live-count"));
  }

  // Rows are told apart by their run: a button never becomes another one's under the finger.
  #showRows(body, rows) {
    const wanted = new Set(rows.map((row) => row.dataset.id));
    const known = new Map([...body.rows].map((row) => [row.dataset.id, row]));
    for (const [id, row] of known) if (!wanted.has(id)) row.remove();
    rows.forEach((row, place) => {
      const old = known.get(row.dataset.id);
      if (old) becomeAll(old, [...old.children], [...row.children]);
      if (body.rows[place] !== (old ?? row)) body.insertBefore(old ?? row, body.rows[place] ?? null);
    });
  }
}

customElements.define("running-list", RunningList);
