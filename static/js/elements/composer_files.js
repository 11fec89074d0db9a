// <composer-files data-upload-url data-most-bytes data-sees-images>: what goes with the next message.
// Each file is uploaded at once, and named in the form by a hidden field. A long text that is pasted
// becomes a file.
//
// Emits `files-changed`, and `sentence` (text) where something cannot be attached.
import { button, emit, fromHTML, make } from "../helpers/dom.js";
import { csrfToken, getText } from "../helpers/http.js";
import { fill, gettext } from "../helpers/language.js";
import { upload } from "../models/upload.js";

const MOST = 10;
const LONG_TEXT = 4000;
const TEXT_BYTES = 256 * 1024;

class ComposerFiles extends HTMLElement {
  #list;
  #text;
  #before = Promise.resolve();

  connectedCallback() {
    this.#list = this.querySelector("[data-files]");
    const form = this.closest("form");
    this.#text = form.querySelector("textarea");
    const chooser = make("input", { type: "file", multiple: true });
    chooser.addEventListener("change", () => {
      this.#addAll([...chooser.files]);
      chooser.value = "";
    });
    const attach = form.querySelector("[data-attach]");
    attach.hidden = false;
    attach.addEventListener("click", () => chooser.click());
    this.#list.addEventListener("click", ({ target }) => target.closest("[data-remove]") && this.#remove(target.closest("li")));
    this.#text.addEventListener("paste", (event) => this.#paste(event));
    for (const name of ["dragover", "drop", "dragleave"]) document.addEventListener(name, (event) => this.#drag(event, form));
  }

  get isBusy() {
    return Boolean(this.#list.querySelector("progress"));
  }

  get isEmpty() {
    return !this.#list.querySelector("[name=attachments]");
  }

  // As HTML, for the draft. What is on its way, or failed, is not in it.
  get draft() {
    return [...this.#list.children].filter((each) => each.querySelector("[name=attachments]")).map((each) => each.outerHTML).join("");
  }

  set draft(html) {
    this.#list.innerHTML = html;
    for (const item of this.#list.querySelectorAll("[data-pasted]")) this.#offerTheBox(item);
  }

  // They were sent.
  clear() {
    this.#list.replaceChildren();
    emit(this, "files-changed");
  }

  #drag(event, form) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    if (event.type !== "dragleave") event.preventDefault();
    form.toggleAttribute("data-dropping", event.type === "dragover");
    if (event.type === "drop") this.#addAll(event.dataTransfer.files);
  }

  #paste(event) {
    const { files } = event.clipboardData;
    const text = event.clipboardData.getData("text/plain");
    const isLong = text.length > LONG_TEXT;
    if (!isLong && (text || !files.length)) return;
    event.preventDefault();
    if (isLong) this.#add(new File([text], gettext("Pasted text") + ".txt", { type: "text/plain" }), true);
    else this.#addAll(files);
  }

  #addAll(files) {
    for (const file of files) this.#add(file);
  }

  #add(file, isPasted = false) {
    const refusal = this.#refusal(file);
    if (refusal) return emit(this, "sentence", { text: refusal });
    const item = make("li", { className: "file" });
    this.#list.append(item);
    this.#send(item, file, isPasted);
    this.#text.focus();
  }

  #refusal({ name, type, size }) {
    const isImage = type.startsWith("image/") && type !== "image/svg+xml";
    if (this.#list.children.length >= MOST) return fill(gettext("At most %(most)s files can go with a message."), { most: MOST });
    if (isImage && !("seesImages" in this.dataset)) return gettext("This model cannot see images. Choose another one, or describe it.");
    // A picture is made smaller before it is sent.
    const most = isImage ? (type === "image/gif" ? Number(this.dataset.mostBytes) : Infinity) : TEXT_BYTES;
    return size > most ? fill(gettext("%(name)s is too large."), { name }) : "";
  }

  async #send(item, file, isPasted) {
    const { progress, signal } = this.#sending(item, file.name);
    const onProgress = (share) => (progress.value = share);
    // One after the other: a new visitor's first request makes the session that the others need.
    const before = Promise.all([this.#before, document.querySelector("parameter-panel").saved]);
    const sent = (async () => {
      await before;
      return signal.aborted || upload(this.dataset.uploadUrl, file, { onProgress, signal });
    })();
    this.#before = sent;
    const reply = await sent;
    if (signal.aborted) return;
    if (reply.ok) item = this.#sent(item, reply.data.html, isPasted);
    else this.#failed(item, reply, () => this.#send(item, file, isPasted));
    emit(this, "files-changed");
  }

  #sending(item, name) {
    const stopping = new AbortController();
    const progress = make("progress", { max: 1, value: 0, ariaLabel: fill(gettext("Uploading %(name)s"), { name }) });
    const remove = button("icon-button file__remove", "×", () => {
      stopping.abort();
      item.remove();
      this.#text.focus();
      emit(this, "files-changed");
    });
    remove.ariaLabel = fill(gettext("Remove %(name)s"), { name });
    item.removeAttribute("data-failed");
    item.replaceChildren(label(name), progress, remove);
    emit(this, "files-changed");
    return { progress, signal: stopping.signal };
  }

  #sent(item, html, isPasted) {
    const sent = fromHTML(html);
    item.replaceWith(sent);
    sent.toggleAttribute("data-pasted", isPasted);
    if (isPasted) this.#offerTheBox(sent);
    return sent;
  }

  #failed(item, { sentence, status }, again) {
    item.dataset.failed = "";
    const error = label(sentence, "file__error");
    error.role = "alert";
    item.querySelector("progress").replaceWith(error);
    const name = item.querySelector(".file__name");
    name.hidden = sentence.includes(name.textContent);
    // What the server has read and refused will not become better.
    if (status !== 422 && status !== 413) item.lastElementChild.before(button("link", gettext("Retry"), again));
  }

  #offerTheBox(item) {
    item.querySelector("[data-box]")?.remove();
    const control = button("link", gettext("Put it in the box instead"), async () => {
      const text = await getText(item.querySelector("a").href);
      if (typeof text !== "string") return;
      this.#text.setRangeText(text, this.#text.selectionStart, this.#text.selectionEnd, "end");
      this.#text.dispatchEvent(new Event("input"));
      this.#remove(item);
    });
    control.dataset.box = "";
    item.querySelector("[data-remove]").before(control);
  }

  #remove(item) {
    const url = item.querySelector("a").href;
    item.remove();
    this.#text.focus();
    emit(this, "files-changed");
    // Should this fail: what is not sent is removed after a day.
    fetch(url, { method: "DELETE", headers: { "X-CSRFToken": csrfToken() } }).catch(() => {});
  }
}

const label = (text, className = "file__name") => make("span", { className }, text);

customElements.define("composer-files", ComposerFiles);
