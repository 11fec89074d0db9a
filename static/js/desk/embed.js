// The page of an embed site: copying what goes into a page, and a form that knows its models.
import { copy } from "../helpers/clipboard.js";
import { button, make } from "../helpers/dom.js";

const COLOUR = /^#[0-9a-f]{6}$/i;
const UNSAVED = "The preview shows what is saved, not yet what you have changed.";
const form = document.getElementById("embedsite_form");
const { model, version, accent } = form.elements;

for (const words of document.querySelectorAll("[data-copy]")) {
  const control = button("button", words.dataset.copy, () => copy(words.textContent, control));
  words.after(control);
}

if (version) offerVersions();
if (accent) offerColours();
const told = document.querySelector(".embed-preview__unsaved");
if (told) form.addEventListener("input", () => (told.textContent = isUnsaved() ? UNSAVED : ""));

// Of the chosen model, and no other's.
function offerVersions() {
  const [newest, ...groups] = version.children;
  const narrow = () => {
    const chosen = model.selectedOptions[0].textContent;
    version.replaceChildren(newest, ...groups.filter((group) => model.value && group.label === chosen));
  };
  narrow();
  model.addEventListener("change", narrow);
}

// A colour is typed as it stands in a style guide, or chosen by eye.
function offerColours() {
  const picker = make("input", { type: "color", value: accent.value, ariaLabel: "Choose the accent" });
  picker.addEventListener("input", () => (accent.value = picker.value));
  accent.addEventListener("input", () => {
    if (COLOUR.test(accent.value)) picker.value = accent.value;
  });
  accent.before(picker);
}

function isUnsaved() {
  return "isUnsaved" in told.dataset || [...form.elements].some((field) => field.name && isChanged(field));
}

function isChanged(field) {
  if (field.type === "radio") return field.checked !== field.defaultChecked;
  const options = [...(field.options ?? [])];
  const chosen = options.find((option) => option.defaultSelected) ?? options[0];
  return field.value !== (chosen?.value ?? field.defaultValue);
}
