// How many messages a visitor may still send, and from when on again, in their own time.
import { fill, ngettext } from "./language.js";

export function tellLeft(response) {
  const n = response.headers.get("Messages-Left");
  const line = document.querySelector("[data-left]");
  if (n !== null && line) line.textContent = fill(ngettext("%(n)s message left for now.", "%(n)s messages left for now.", Number(n)), { n });
}

// The server tells the time as "14:05 UTC", after the date where that is not today.
export function inLocalTime(sentence, response) {
  const wait = Number(response.headers.get("Retry-After"));
  if (response.status !== 429 || !wait || !sentence) return sentence;
  const then = new Date(Date.now() + wait * 1000);
  const isToday = then.toDateString() === new Date().toDateString();
  const parts = { hour: "2-digit", minute: "2-digit", ...(isToday ? {} : { weekday: "short" }) };
  const { lang } = document.documentElement;
  const theirs = navigator.languages.filter((each) => each.split("-")[0] === lang.split("-")[0]);
  const told = then.toLocaleString([...theirs, lang], parts);
  return sentence.replace(/(\d{4}-\d\d-\d\d )?\d\d:\d\d UTC/, told);
}
