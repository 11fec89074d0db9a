// A form whose button that sends gives way, while an answer is written, to one that stops it; beside
// what was typed meanwhile both are shown (by the style sheet).
import { post } from "../helpers/http.js";
import { gettext } from "../helpers/language.js";

export class Answering {
  #send;
  #stop;
  #rest;
  #place;

  // `rest` has the focus when there is nothing to stop any more. Answers are written in `place`. How it
  // goes is for the one `status` and for `say`.
  constructor(form, { rest, place, say }) {
    const status = form.parentElement.querySelector("[role=status]");
    this.#send = form.querySelector("[data-send]");
    this.#stop = form.querySelector("[data-stop]");
    this.#rest = rest ?? this.#send;
    this.#place = place;
    this.say = say;
    // Also of an answer that is not on the page.
    place.addEventListener("conversation-state", ({ detail }) => this.#show(detail.stop));
    place.addEventListener("answer-began", ({ detail }) => {
      this.#show(detail.stopUrl);
      status.textContent = gettext("Answering");
    });
    place.addEventListener("answer-ended", ({ detail }) => {
      this.#show("");
      status.textContent = detail.sentence;
    });
  }

  get isOn() {
    return !this.#stop.hidden;
  }

  // Whether that button was pressed.
  stops(button) {
    if (button === this.#stop) this.#end();
    return button === this.#stop;
  }

  async #end() {
    const reply = await post(this.#stop.formAction);
    this.say(reply.sentence);
    // The stream tells of the end. Should it be down just now, the server is asked.
    if (reply.ok) setTimeout(() => this.#place.querySelector("live-answer")?.check(), 2500);
  }

  #show(stopUrl) {
    const hadFocus = this.#send.matches(":focus") || this.#stop.matches(":focus");
    this.#stop.formAction = stopUrl;
    this.#stop.hidden = !stopUrl;
    if (hadFocus) (stopUrl ? this.#stop : this.#rest).focus({ preventScroll: true });
  }
}
