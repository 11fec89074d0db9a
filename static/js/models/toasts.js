// A sentence at the foot of the page for ten seconds, longer while one is at it; or the server's offer
// to undo (`undone` is called when that was taken).
import { fromHTML } from "../helpers/dom.js";
import { post } from "../helpers/http.js";

export function toast(content, undone) {
  const place = document.querySelector("[data-toasts]");
  const item = fromHTML(undone ? content : '<div class="toast"></div>');
  if (!undone) item.textContent = content;
  item.onsubmit = async (event) => {
    event.preventDefault();
    const reply = await post(event.target.action);
    item.remove();
    reply.ok ? undone() : toast(reply.sentence);
  };
  place.replaceChildren(item);
  // Above everything, also above the drawer.
  place.popover = "manual";
  place.togglePopover(false);
  place.showPopover();
  fade(item);
}

function fade(item) {
  setTimeout(() => (item.matches(":hover, :focus-within") ? fade(item) : item.remove()), 10_000);
}

document.querySelectorAll("[data-toast]").forEach(fade);
