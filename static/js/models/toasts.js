// A sentence at the foot of the page for ten seconds, longer while one is at it; perhaps with Undo.
import { fromHTML } from "../helpers/dom.js";
import { post } from "../helpers/http.js";

const STAYS = 10_000;

export function toast(content, { isHTML = false, undone = () => {} } = {}) {
  const place = document.querySelector("[data-toasts]");
  const item = isHTML ? fromHTML(content) : document.createElement("div");
  if (!isHTML) {
    item.className = "toast";
    item.textContent = content;
  }
  item.addEventListener("submit", async (event) => {
    event.preventDefault();
    const reply = await post(event.target.action);
    item.remove();
    if (reply.ok) undone();
    else toast(reply.sentence);
  });
  place.replaceChildren(item);
  // Above everything, also above the drawer.
  place.popover = "manual";
  if (place.matches(":popover-open")) place.hidePopover();
  place.showPopover();
  fade(item);
}

function fade(item) {
  setTimeout(() => (item.matches(":hover, :focus-within") ? fade(item) : item.remove()), STAYS);
}

for (const item of document.querySelectorAll("[data-toast]")) fade(item);
