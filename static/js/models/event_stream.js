// An event stream that outlives its connections: it goes on after the last event it heard.
//
// Emits `output` and `failure` (detail: the event's data), `done`, and about the connection `open`,
// `lost` (being re-made) and `closed` (the server said no: ask it for the truth).
import { backoff } from "../helpers/time.js";

const HIDDEN_FOR = 30_000; // a page that nobody sees gives its connection back
const SILENT_FOR = 45_000; // a connection may be dead without saying so

export class EventStream extends EventTarget {
  #url;
  #last;
  #source = null;
  #attempt = 0;
  #timers = { retry: 0, hidden: 0, silent: 0 };
  #listening = new AbortController();

  constructor(url, last = "") {
    super();
    this.#url = url;
    this.#last = last;
  }

  open() {
    const { signal } = this.#listening;
    document.addEventListener("visibilitychange", () => this.#seen(!document.hidden), { signal });
    window.addEventListener("online", () => this.#connect(), { signal });
    window.addEventListener("pageshow", (event) => event.persisted && this.#connect(), { signal });
    window.addEventListener("pagehide", () => this.#drop(), { signal });
    if (!document.hidden) this.#connect();
  }

  close() {
    this.#listening.abort();
    this.#drop();
  }

  #connect() {
    this.#drop();
    const url = new URL(this.#url, location.href);
    if (this.#last) url.searchParams.set("last_event_id", this.#last);
    const source = new EventSource(url);
    source.addEventListener("open", () => this.#opened());
    source.addEventListener("output", (event) => this.#hear("output", event));
    source.addEventListener("logs", (event) => this.#hear("logs", event));
    source.addEventListener("done", (event) => this.#hear("done", event));
    source.addEventListener("error", (event) => {
      // The model's error is a message; the connection's has the same name and no data.
      if (event instanceof MessageEvent) this.#hear("failure", event);
      else this.#lost(source);
    });
    this.#source = source;
    this.#expectSound();
  }

  #drop() {
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    this.#source?.close();
    this.#source = null;
  }

  #opened() {
    this.#attempt = 0;
    this.#expectSound();
    this.#tell("open");
  }

  #hear(name, { data, lastEventId }) {
    if (lastEventId && !isAfter(lastEventId, this.#last)) return;
    this.#last = lastEventId || this.#last;
    this.#expectSound();
    this.#tell(name, data);
  }

  #lost(source) {
    this.#tell("lost");
    // While it is CONNECTING the browser tries again by itself, from the last event on.
    if (source.readyState !== EventSource.CLOSED) return;
    this.#drop();
    this.#timers.retry = setTimeout(() => this.#connect(), backoff(this.#attempt++));
    this.#tell("closed");
  }

  #seen(isVisible) {
    clearTimeout(this.#timers.hidden);
    if (!isVisible) this.#timers.hidden = setTimeout(() => this.#drop(), HIDDEN_FOR);
    else if (this.#source?.readyState !== EventSource.OPEN) this.#connect();
  }

  #expectSound() {
    clearTimeout(this.#timers.silent);
    this.#timers.silent = setTimeout(() => this.#connect(), SILENT_FOR);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function isAfter(id, last) {
  if (!last) return true;
  const [second, n] = id.split(":").map(Number);
  const [lastSecond, lastN] = last.split(":").map(Number);
  return second > lastSecond || (second === lastSecond && n > lastN);
}
