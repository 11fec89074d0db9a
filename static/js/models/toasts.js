// A sentence at the foot of the page for ten seconds, longer while one is at it; or the server's offer
// to undo (`undone` is called when that was taken).
import { fromHTML, make, rest } from "../helpers/dom.js";
import { submit } from "../helpers/http.js";

export function toast(content, undone) {
  const place = document.querySelector("[data-toasts]");
  const item = undone ? fromHTML(content) : make("div", { className: "toast" }, content);
  item.onsubmit = async (event) => {
    const reply = await submit(event);
    item.remove();
    rest();
    reply.ok ? undone() : toast(reply.sentence);
  };
  place.replaceChildren(item);
  // Above everything, also above the drawer.
  place.popover = "manual";
  place.togglePopover(false);
  place.showPopover();
  item.querySelector("button")?.focus();
  fade(item);
}

function fade(item) {
  setTimeout(() => (item.matches(":hover, :focus-within") ? fade(item) : item.remove()), 10_000);
}

document.querySelectorAll("[data-toast]").forEach(fade);
