// Put a text, or the promise of one, on the clipboard; the button that was pressed says how it went.
import { make } from "./dom.js";
import { gettext } from "./language.js";

export async function copy(text, button) {
  const isCopied = await write(text).then(() => true, () => false);
  const label = (button.dataset.label ??= button.textContent);
  button.textContent = isCopied ? gettext("Copied") : gettext("Could not copy");
  setTimeout(() => (button.textContent = label), 1600);
}

async function write(text) {
  // Safari wants to be given the promise while the click is being handled.
  if (navigator.clipboard && window.ClipboardItem) {
    const blob = Promise.resolve(text).then((words) => new Blob([words], { type: "text/plain" }));
    return navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
  }
  writeOldWay(await text);
}

// Over plain http on a local network there is no clipboard API.
function writeOldWay(text) {
  const area = make("textarea", { value: text, className: "visually-hidden" });
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  if (!isCopied) throw new Error("The browser refused to copy.");
}
