// The dialog with a conversation's links: the server's fragment, and the forms in it.
import { copy } from "../helpers/clipboard.js";
import { button } from "../helpers/dom.js";
import { getText, submit } from "../helpers/http.js";
import { gettext } from "../helpers/language.js";
import { toast } from "./toasts.js";

export async function openShares(id) {
  const dialog = document.getElementById("shares");
  const show = (html) => {
    dialog.innerHTML = html;
    dialog.append(button("button button--quiet", gettext("Close"), () => dialog.close()));
    for (const each of dialog.querySelectorAll("[data-copy]")) each.hidden = false;
  };
  dialog.onclick = ({ target }) => {
    if (target.matches("[data-copy]")) copy(target.dataset.copy, target);
    if (target === dialog) dialog.close(); // the backdrop
  };
  dialog.onsubmit = async (event) => {
    const reply = await submit(event);
    if (!reply.ok) return toast(reply.sentence);
    show(reply.data.html);
    (dialog.querySelector("[data-copy]") ?? dialog.querySelector("select")).focus();
  };
  const html = await getText(`/c/${id}/share/?fragment`);
  if (!html) return toast(gettext("The links cannot be shown just now. Try again in a moment."));
  show(html);
  // The browser gives the focus back, unless the list came anew with another opener. It tells us only
  // later, when one may have gone on already.
  dialog.onclose = () =>
    document.activeElement === document.body && document.querySelector(`[data-id="${id}"] [data-menu]`)?.focus();
  dialog.showModal();
}
