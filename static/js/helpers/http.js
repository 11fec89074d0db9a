// Requests to our own server. They end in a reply, never in an exception:
// { ok, status, data, sentence }, the sentence for the visitor where it is not ok.
import { fill, gettext, ngettext } from "./language.js";

export const UNREACHABLE = () => gettext("The server cannot be reached. Your text is still here; try again in a moment.");
export const LOGGED_OUT = () => gettext("You are not logged in any more. Your text is kept: log in, then send it again.");

let asker = null;

// From now on requests carry `who.headers` and no cookie. One that is refused for them (401) is made
// again once `who.renew(headers)` resolves to true.
export function askAs(who) {
  asker = who;
}

async function ask(url, options) {
  if (!asker) return fetch(url, options);
  const asked = (headers) => fetch(url, { ...options, credentials: "omit", headers: { ...options.headers, ...headers } });
  const { headers } = asker;
  const response = await asked(headers);
  return response.status === 401 && (await asker.renew(headers)) ? asked(asker.headers) : response;
}

export async function post(url, fields = new URLSearchParams()) {
  const headers = { Accept: "application/json", ...(asker ? {} : { "X-CSRFToken": csrfToken() }) };
  fields.delete("csrfmiddlewaretoken"); // the page's own, which would outweigh the header
  let response;
  try {
    response = await ask(url, { method: "POST", body: fields, headers });
  } catch {
    return { ok: false, status: 0, sentence: UNREACHABLE() };
  }
  if (response.redirected) return { ok: false, status: 401, sentence: LOGGED_OUT() };
  tellLeft(response);
  const isJSON = response.headers.get("Content-Type")?.includes("json");
  const data = isJSON ? await response.json().catch(() => ({})) : { html: await response.text().catch(() => "") };
  if (data.detail) data.detail = inLocalTime(data.detail, response);
  return replied(response.status, data);
}

// A form as its button sends it, with `more`, without leaving the page.
export function submit(event, more = {}) {
  event.preventDefault();
  const { target: form, submitter } = event;
  const fields = new FormData(form, submitter);
  for (const [name, value] of Object.entries(more)) fields.set(name, value);
  return post(submitter?.getAttribute("formaction") ?? form.getAttribute("action"), fields);
}

export function replied(status, data) {
  const ok = status >= 200 && status < 300;
  return { ok, status, data, sentence: ok ? "" : data.detail || refusal(status) };
}

function refusal(status) {
  if (status === 403) return gettext("This page was open for too long. Reload it; your text is kept.");
  if (status === 404) return gettext("This is not here any more. Copy your text, and begin anew.");
  if (status === 413) return gettext("This is larger than the server takes.");
  return fill(gettext("The server did not take this (%(status)s). Try again in a moment."), { status });
}

// The text of a page or fragment: null where it is gone, undefined where the server cannot say.
export async function getText(url) {
  try {
    const response = await ask(url, { cache: "no-store" });
    if (response.ok && !response.redirected) return await response.text();
    if (response.status === 404 || response.redirected) return null;
  } catch {
    // No connection: the caller asks again later.
  }
}

export function csrfToken() {
  // The cookie is newer than the page when somebody has logged in in another tab.
  const cookie = document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/);
  return cookie ? cookie[1] : document.querySelector("[name=csrfmiddlewaretoken]").value;
}

// How many messages a visitor may still send.
function tellLeft(response) {
  const n = response.headers.get("Messages-Left");
  const line = document.querySelector("[data-left]");
  if (n !== null && line) line.textContent = fill(ngettext("%(n)s message left for now.", "%(n)s messages left for now.", Number(n)), { n });
}

// The server tells the time as "14:05 UTC", after the date where that is not today.
function inLocalTime(sentence, response) {
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
