// <embed-chat data-key data-address data-allowed data-panel data-preview>: the chat in a frame. It finds
// out who is there, shows what was said, and does what the page around it may ask for.
//
// To end a visit it loads itself anew: nothing of the one before is left in the page.
import { emit, make } from "../helpers/dom.js";
import { post } from "../helpers/http.js";
import { gettext } from "../helpers/language.js";
import { remember } from "../helpers/storage.js";
import { backoff, wait } from "../helpers/time.js";
import { Host } from "../models/host.js";
import { Visit } from "../models/visit.js";

const HANDED_AGAIN = 10 * 60_000; // milliseconds: a ticket with the page around is good for thrice that
const OVER = "#over";

class EmbedChat extends HTMLElement {
  #host;
  #visit;
  #composer;
  #isOpen = true;
  #unread = 0;

  async connectedCallback() {
    const { address, allowed, key, preview } = this.dataset;
    this.#composer = this.querySelector("embed-composer");
    this.#host = new Host(key, allowed.split(" "));
    this.#visit = new Visit(key, address, { host: this.#host.origin, ...(preview ? { preview } : {}) });
    this.#listen();
    const hello = await this.#hello();
    await this.#arrive(hello);
    this.#host.tell("ready");
  }

  get visit() {
    return this.#visit;
  }

  get #isPanel() {
    return "panel" in this.dataset && this.#host.isThere;
  }

  #listen() {
    this.#composer.begin = () => this.#visit.begin();
    this.#visit.addEventListener("token", () => this.#hearTheBell());
    this.#visit.addEventListener("handed", ({ detail }) => this.#host.tell(detail ? "keep" : "forget", { ticket: detail }));
    this.#visit.addEventListener("over", () => this.#restart(OVER));
    this.addEventListener("click", (event) => this.#click(event));
    this.addEventListener("turn-taken", () => this.#taken());
    this.addEventListener("turn-refused", ({ detail }) => this.#host.tellEvent("error", { code: detail.code }));
    this.addEventListener("answer-ended", () => this.#answered());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented && this.#isPanel) this.#host.tell("closing");
    });
    this.querySelector("[data-close]").hidden = !this.#isPanel;
    this.querySelector("[data-window]").hidden = !this.#host.isThere;
    const asked = {
      open: () => this.#open(),
      close: () => (this.#isOpen = false),
      draft: ({ text }) => this.#drafted(String(text)),
      identify: ({ identity }) => this.#identify(String(identity)),
    };
    for (const [name, act] of Object.entries(asked)) this.#host.addEventListener(name, ({ detail }) => act(detail));
  }

  // What the script on the page around it says first; nothing, where there is no such script.
  async #hello() {
    if (!this.#isPanel) return {};
    const hello = await new Promise((heard) => {
      this.#host.addEventListener("hello", ({ detail }) => heard(detail), { once: true });
    });
    this.#isOpen = Boolean(hello.open);
    return hello;
  }

  async #arrive({ ticket, identity, reset }) {
    const { hash, pathname, search } = location;
    const given = hash.match(/^#visit=(.+)/)?.[1];
    if (hash) history.replaceState(null, "", pathname + search);
    this.#visit.take(given ?? ticket);
    if (reset) {
      await this.#visit.arrive();
      await this.#end();
    }
    const reply = await this.#arrived(identity ? { identity } : {});
    this.#show(reply.data?.turns ?? "");
    if (!reply.ok) this.#refused(reply);
    else if (hash === OVER) this.#composer.say(gettext("This chat is over. What you send begins a new one."));
  }

  // However long the server cannot be reached.
  async #arrived(more) {
    for (let attempt = 0; ; attempt++) {
      const reply = await this.#visit.arrive(more);
      if (reply.status !== 0 && !(reply.status >= 500)) return reply;
      this.#composer.say(gettext("The server cannot be reached. Trying again."));
      await wait(backoff(attempt));
      this.#composer.say("");
    }
  }

  #show(html) {
    const thread = this.querySelector("[data-thread]").content.firstElementChild;
    const shown = document.importNode(thread, true);
    shown.querySelector("[data-turns]").innerHTML = html;
    shown.querySelector("[data-invitation]").hidden = Boolean(html);
    if (this.#visit.token) shown.dataset.address = this.dataset.address;
    this.querySelector("[data-wait]").replaceWith(shown);
    this.querySelector("[data-new]").hidden = !html;
    if (this.#isHandedOver) setInterval(() => this.#visit.renewTicket(), HANDED_AGAIN);
  }

  get #isHandedOver() {
    return this.#isPanel && this.#visit.isHanded;
  }

  // Somebody else than the page vouches for is not to see, or to say, a word here.
  #refused({ sentence, data }) {
    this.#composer.say(sentence);
    this.#composer.begin = async () => ({ ok: false, status: 403, sentence, data });
    this.#host.tellEvent("error", { code: data?.code ?? "", why: data?.why ?? "" });
  }

  #hearTheBell() {
    const url = `/doorbell?visit=${encodeURIComponent(this.#visit.token)}`;
    const bell = this.querySelector("door-bell");
    if (bell) bell.dataset.url = url;
    else {
      const made = make("door-bell", { hidden: true });
      made.dataset.url = url;
      this.append(made);
    }
  }

  #click(event) {
    const at = (name) => event.target.closest(`[data-${name}]`);
    const [suggestion, retry, verdict, link] = ["suggestion", "retry", "verdict", "window"].map(at);
    if (suggestion) this.#composer.ask(suggestion.textContent);
    else if (retry) this.#retry(retry.dataset.retry);
    else if (verdict) this.#judge(verdict);
    else if (at("new")) this.#beginAnew();
    else if (at("close")) this.#host.tell("closing");
    else if (link && this.#visit.token) link.hash = `visit=${this.#visit.token}`;
  }

  async #retry(url) {
    const reply = await post(url);
    if (reply.ok) emit(this.#composer, "turn-taken", reply.data);
    else this.#composer.say(reply.sentence);
  }

  async #judge(button) {
    const isTaken = button.ariaPressed === "true";
    const reply = await post(button.parentElement.dataset.feedback, new URLSearchParams({ verdict: isTaken ? "none" : button.dataset.verdict }));
    if (!reply.ok) return this.#composer.say(reply.sentence);
    for (const each of button.parentElement.children) each.ariaPressed = String(each === button && !isTaken);
  }

  // What is typed meanwhile would go with the reload: the bell may have emptied the page already.
  async #beginAnew() {
    this.#composer.isHeld = true;
    const reply = await this.#visit.leave();
    if (reply.ok) return this.#restart();
    this.#composer.isHeld = false;
    this.#composer.say(reply.sentence);
  }

  #taken() {
    this.querySelector("chat-thread").dataset.address = this.dataset.address;
    this.querySelector("[data-new]").hidden = false;
    this.#host.tellEvent("message", { role: "user" });
  }

  #answered() {
    this.#host.tellEvent("message", { role: "assistant" });
    if (!this.#isOpen) this.#count(this.#unread + 1);
  }

  #count(unread) {
    this.#unread = unread;
    this.#host.tell("unread", { count: unread });
  }

  #open() {
    this.#isOpen = true;
    if (this.#unread) this.#count(0);
    // On a phone the box would bring up the keyboard.
    if (matchMedia("(hover: hover)").matches) this.#composer.focusBox();
    else this.querySelector("h1").focus({ preventScroll: true });
  }

  #drafted(text) {
    this.#composer.draft = text.slice(0, 10_000);
    if (this.#isOpen) this.#composer.focusBox();
  }

  // The same person goes on. For another one everything is cleared.
  async #identify(identity) {
    const reply = await this.#visit.arrive({ identity });
    if (!reply.ok) this.#refused(reply);
    else if (!reply.data.is_resumed) this.#restart();
  }

  async #end() {
    await this.#visit.end();
    this.#forget();
    this.#host.tellEvent("reset");
  }

  #restart(hash = "") {
    if (hash === OVER) this.#visit.forget();
    this.querySelector("[data-turns]")?.replaceChildren();
    this.#forget();
    if (hash) location.hash = hash;
    location.reload();
  }

  // What this tab remembers beside the ticket.
  #forget() {
    this.#composer.forget();
    remember(`place:${location.pathname}`, "");
  }
}

customElements.define("embed-chat", EmbedChat);
