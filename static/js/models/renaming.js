// A title becomes a field where it stands: Enter or leaving keeps what is typed, Escape does not.
import { emit } from "../helpers/dom.js";
import { post } from "../helpers/http.js";
import { gettext } from "../helpers/language.js";
import { toast } from "./toasts.js";

export function rename(host, opener) {
  const name = host.querySelector("[data-name]");
  const place = name.closest("a") ?? name;
  const old = name.textContent;
  const field = document.createElement("input");
  Object.assign(field, { className: "field rename", value: old, maxLength: 100, dir: "auto" });
  field.setAttribute("aria-label", gettext("Title"));
  place.hidden = true;
  place.after(field);
  field.select();
  field.focus();

  let isOver = false;
  async function end(isKept) {
    if (isOver) return;
    isOver = true;
    const title = field.value.trim();
    const hadFocus = document.activeElement === field;
    field.remove();
    place.hidden = false;
    if (hadFocus) opener.focus({ preventScroll: true });
    if (!isKept || !title || title === old) return;
    name.textContent = title;
    const reply = await post(`/c/${host.dataset.id}/rename/`, new URLSearchParams({ title }));
    if (reply.ok) {
      for (const shown of document.querySelectorAll(`[data-id="${host.dataset.id}"] [data-name]`)) shown.textContent = reply.data.title;
      if (location.pathname.startsWith(`/c/${host.dataset.id}/`)) document.title = `${reply.data.title} · Rivulet`;
    } else {
      name.textContent = old;
      toast(reply.sentence);
    }
    emit(document, "library-changed");
  }

  field.addEventListener("blur", () => end(true));
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    end(event.key === "Enter");
  });
}
