// Elements that we make or the server has rendered, and events that bubble.

export function make(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

export function button(className, label, onclick) {
  return make("button", { type: "button", className, onclick }, label);
}

export function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

export const fromHTML = (html) => fragment(html).firstElementChild;

// Where the focus goes when what had it is gone. On a phone the box would bring up the keyboard.
export function rest() {
  const place = document.getElementById("message") ?? document.querySelector("main");
  if (matchMedia("(hover: hover)").matches) place.focus({ preventScroll: true });
}

export function emit(element, name, detail = {}) {
  element.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
}
