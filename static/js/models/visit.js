// Whose visit it is: a token in memory, which goes with each request, and no cookie. A ticket gets the
// next token: the frame's own storage keeps it, or where the browser forbids that, the page around it.
//
// Emits `token`, `handed` (detail: a ticket for the page around the frame, "" to forget it) and `over`:
// it was ended elsewhere, or its time is up.
import { askAs, post } from "../helpers/http.js";
import { recall, remember } from "../helpers/storage.js";

const OWN = "localStorage";

export class Visit extends EventTarget {
  #address;
  #about;
  #key;
  #token = "";
  #ticket;
  #turn = Promise.resolve(); // arrivals are made one after another
  #isHanded;

  // `about`: what else is said on arriving: `host`, `preview`.
  constructor(key, address, about) {
    super();
    this.#key = `embed:${key}${about.preview ? ":preview" : ""}`;
    this.#address = address;
    this.#about = about;
    this.#isHanded = !canKeep();
    this.#ticket = recall(this.#key, OWN);
    askAs(this);
  }

  get headers() {
    return this.#token ? { Authorization: `Visitor ${this.#token}` } : {};
  }

  // Whether the page around the frame keeps the ticket, which is soon over.
  get isHanded() {
    return this.#isHanded;
  }

  get token() {
    return this.#token;
  }

  // A ticket from elsewhere: the page around the frame, or the frame whose full window this is.
  take(ticket) {
    if (ticket) this.#ticket = ticket;
  }

  // What the server replies; `data.token` is "" where there is nobody yet.
  arrive(more = {}) {
    return this.#inTurn(() => this.#arrive(more));
  }

  async #arrive(more = {}) {
    if (!this.#ticket && !Object.keys(more).length) return { ok: true, data: { token: "" } };
    const fields = new URLSearchParams({ ...this.#about, ticket: this.#ticket, ...more });
    if (this.#isHanded) fields.set("hand", 1);
    const reply = await post(`${this.#address}visit/`, fields);
    if (reply.ok) this.#keep(reply.data);
    return reply;
  }

  // Before the first message: a visit of its own, unless there is one.
  async begin() {
    return this.#token ? { ok: true } : this.arrive({ begin: 1 });
  }

  async renewTicket() {
    if (this.#token) await this.arrive();
  }

  // Whether there is another token than the one of those headers, which was refused.
  renew({ Authorization }) {
    return this.#inTurn(async () => {
      if (this.#token && Authorization === this.headers.Authorization) await this.#renew();
      return Boolean(this.#token);
    });
  }

  leave() {
    return post(`${this.#address}new/`);
  }

  // Nothing of it is left here, whatever the server says.
  async end() {
    if (this.#token) await post(`${this.#address}end/`);
    this.forget();
  }

  forget() {
    this.#keep({ token: "", ticket: "" });
  }

  #inTurn(act) {
    const turn = this.#turn.then(act);
    this.#turn = turn;
    return turn;
  }

  async #renew() {
    this.#token = "";
    const reply = await this.#arrive();
    if (reply.ok && !reply.data.token) this.#tell("over");
  }

  #keep({ token, ticket }) {
    this.#token = token;
    this.#ticket = ticket;
    if (this.#isHanded) this.#tell("handed", ticket);
    else remember(this.#key, ticket, OWN);
    if (token) this.#tell("token");
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function canKeep() {
  remember("embed", "kept", OWN);
  const isKept = recall("embed", OWN) === "kept";
  remember("embed", "", OWN);
  return isKept;
}
