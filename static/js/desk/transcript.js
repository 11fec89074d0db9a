// The page of a transcript: what reviewers add is kept without leaving it, keys go through the turns.
import "../elements/copy_button.js";
import { fragment } from "../helpers/dom.js";
import { recall, remember } from "../helpers/storage.js";

const REFUSED = "This was not kept: reload the page, and try again.";
const transcript = document.querySelector(".transcript");
const told = transcript.querySelector("[data-told]");
let silence;

// A link to a message may come without its place on the page.
const found = transcript.querySelector("[data-found]");
if (found && !location.hash) location.replace(`#${found.id}`);

transcript.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  // Those that lead elsewhere do.
  if (!form.elements.back || submitter?.name === "next") return;
  event.preventDefault();
  const body = new FormData(form, submitter);
  const html = await fetch(form.getAttribute("action"), { method: "POST", body }).then(
    (reply) => (reply.ok ? reply.text() : ""),
    () => "",
  );
  const page = fragment(html);
  if (!page.querySelector(".transcript")) return tell(REFUSED);
  const place = form.closest(".remarks, .review").id;
  if (!page.querySelector(".messagelist .warning")) form.reset();
  for (const id of new Set([place, "review"])) swap(document.getElementById(id), page.getElementById(id));
  const head = (root) => root.getElementById(`m-${body.get("message")}`)?.querySelector(".turn__head");
  head(document)?.replaceWith(head(page));
  rest(place, form.getAttribute("action"));
  tell(page.querySelector(".messagelist")?.textContent.trim() ?? "");
});

// What is typed elsewhere in it, and what is unfolded, stay.
function swap(old, fresh) {
  const typed = [...old.querySelectorAll("form [name]:is(textarea, .vTextField)")].filter((field) => field.value !== field.defaultValue);
  const isOpen = old.querySelector(".tools")?.open;
  old.replaceWith(fresh);
  for (const { name, value, form } of typed) {
    const field = fresh.querySelector(`form[action="${form.getAttribute("action")}"] [name="${name}"]`);
    if (field) field.value = value;
  }
  if (isOpen) fresh.querySelector(".tools").open = true;
}

// The focus goes where it was.
function rest(place, action) {
  const part = document.getElementById(place);
  const form = part.querySelector(`.tools[open] form[action="${action}"]`) ?? part;
  (form.querySelector("textarea, .vTextField") ?? part.querySelector("summary, button"))?.focus({ preventScroll: true });
}

function tell(sentence) {
  clearTimeout(silence);
  told.textContent = sentence;
  silence = setTimeout(() => (told.textContent = ""), 6000);
}

// Keys, which can be switched off.
const keys = transcript.querySelector(".keys");
const isOn = keys.querySelector("input");
isOn.checked = recall("desk-keys", "localStorage") !== "off";
isOn.addEventListener("change", () => remember("desk-keys", isOn.checked ? "" : "off", "localStorage"));
keys.hidden = false;

document.addEventListener("keydown", (event) => {
  if (!isOn.checked || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
  const step = { j: 1, k: -1 }[event.key];
  if (step) go(step);
  else if (event.key === "f") remark();
  else return;
  event.preventDefault();
});

const turns = () => [...transcript.querySelectorAll(".turn")];

// The one that has the focus, or else the first that is not above the window.
function here() {
  const all = turns();
  const focused = all.indexOf(document.activeElement.closest?.(".turn"));
  return focused >= 0 ? focused : all.findIndex((turn) => turn.getBoundingClientRect().bottom > 0);
}

function go(step) {
  const all = turns();
  const isAt = document.activeElement.closest?.(".turn");
  const next = all[here() + (isAt || step < 0 ? step : 0)];
  if (!next) return;
  next.focus({ preventScroll: true });
  scrollBy({ top: next.getBoundingClientRect().top - 12 });
}

function remark() {
  const tools = turns()[here()]?.querySelector(".tools");
  if (!tools) return;
  tools.open = true;
  tools.querySelector("[data-first]").focus();
}
