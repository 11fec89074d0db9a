// An event stream that outlives its connections: it goes on after the last event it heard.
//
// Emits `output`, `logs` and `rendered` (detail: the event's data), `done`, and about the
// connection `open`, `lost` (being re-made) and `closed` (the server said no: ask it for the truth).
import { backoff } from "../helpers/time.js";

const HIDDEN_FOR = 30_000; // a page that nobody sees gives its connection back
const SILENT_FOR = 20_000; // a connection may be dead without saying so
const UNANSWERED_FOR = 8000; // one that the browser has kept may be, too; longer each time
const QUIET_FOR = 3000; // when a page is seen again
const BRIEFLY = 1000; // between two looks of a page that has no slot

export class EventStream extends EventTarget {
  #url;
  #last;
  #having;
  #source = null;
  #slot = null;
  #isOpen = false;
  #attempt = 0;
  #connection = 0;
  #soundAt = 0;
  #timers = { retry: 0, silent: 0 };
  #hidden = 0;
  #listening = new AbortController();

  // `having()`: what the page has already, as parameters of the URL.
  constructor(url, last = "", having = () => ({})) {
    super();
    this.#url = url;
    this.#last = last;
    this.#having = having;
  }

  open() {
    const { signal } = this.#listening;
    const again = () => this.#connect();
    document.addEventListener("visibilitychange", () => this.#seen(!document.hidden), { signal });
    document.addEventListener("resume", again, { signal });
    window.addEventListener("online", again, { signal });
    window.addEventListener("pageshow", (event) => event.persisted && again(), { signal });
    window.addEventListener("pagehide", () => this.#drop(), { signal });
    document.addEventListener("freeze", () => this.#drop(), { signal });
    if (!document.hidden) this.#connect();
  }

  close() {
    this.#listening.abort();
    clearTimeout(this.#hidden);
    this.#drop();
  }

  async #connect() {
    this.#drop();
    const connection = this.#connection;
    const slot = await takeSlot();
    if (connection !== this.#connection) return slot?.();
    this.#slot = slot;
    const source = new EventSource(this.#address(!slot));
    source.addEventListener("open", () => this.#opened());
    for (const name of ["output", "logs", "rendered", "done"]) {
      source.addEventListener(name, (event) => this.#hear(name, event));
    }
    source.addEventListener("error", (event) => {
      // The model's error is a message; the connection's has the same name and no data.
      if (event instanceof MessageEvent) this.#hear("failure", event);
      else this.#lost(source);
    });
    this.#source = source;
    this.#expectSound();
  }

  #address(isBrief) {
    const url = new URL(this.#url, location.href);
    for (const [name, value] of Object.entries(this.#having())) url.searchParams.set(name, value);
    if (isBrief) url.searchParams.set("brief", 1);
    if (this.#last) url.searchParams.set("last_event_id", this.#last);
    return url;
  }

  #drop() {
    this.#connection++;
    this.#isOpen = false;
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    this.#source?.close();
    this.#source = null;
    this.#slot?.();
    this.#slot = null;
  }

  #opened() {
    this.#isOpen = true;
    this.#attempt = 0;
    this.#expectSound();
    this.#tell("open");
  }

  #hear(name, { data, lastEventId }) {
    if (name !== "rendered") {
      if (lastEventId && !isAfter(lastEventId, this.#last)) return;
      this.#last = lastEventId || this.#last;
    }
    this.#expectSound();
    this.#tell(name, data);
  }

  #lost(source) {
    const isRefused = source.readyState === EventSource.CLOSED;
    const isBrief = !this.#slot && this.#isOpen; // it has told what there was
    if (!isBrief) this.#tell("lost");
    this.#drop();
    this.#timers.retry = setTimeout(() => this.#connect(), isBrief ? BRIEFLY : backoff(this.#attempt++));
    if (isRefused) this.#tell("closed");
  }

  #missed() {
    if (!this.#isOpen) {
      this.#attempt++;
      this.#tell("lost");
    }
    this.#connect();
  }

  #seen(isVisible) {
    clearTimeout(this.#hidden);
    if (!isVisible) this.#hidden = setTimeout(() => this.#drop(), HIDDEN_FOR);
    else if (!this.#isOpen || performance.now() - this.#soundAt > QUIET_FOR) this.#connect();
  }

  #expectSound() {
    clearTimeout(this.#timers.silent);
    this.#soundAt = performance.now();
    this.#timers.silent = setTimeout(() => this.#missed(), this.#isOpen ? SILENT_FOR : UNANSWERED_FOR * 2 ** Math.min(this.#attempt, 3));
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

// Browsers allow six connections to a host over HTTP/1.1, for all tabs together. Four of them may be
// held by event streams; whoever has no slot asks briefly, again and again.
const SLOTS = 4;

const [navigation] = performance.getEntriesByType("navigation");
const isLimited = navigator.locks && /^(http\/1\.|$)/.test(navigation?.nextHopProtocol ?? "");

// A function that gives the slot back, or null where all are taken.
async function takeSlot() {
  if (!isLimited) return () => {};
  for (let slot = 0; slot < SLOTS; slot++) {
    const release = await lock(`stream-${slot}`);
    if (release) return release;
  }
  return null;
}

function lock(name) {
  return new Promise((resolve) => {
    // It is held until the promise that this returns is kept.
    const hold = (held) => (held ? new Promise((release) => resolve(release)) : resolve(null));
    // Refused to a frame on another site, where the browser lets it keep nothing: that one streams.
    navigator.locks.request(name, { ifAvailable: true }, hold).catch(() => resolve(() => {}));
  });
}
