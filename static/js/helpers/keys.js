// What keys mean, wherever they are pressed.

// Enter may also choose a word in an input method; 229 is how Safari tells so.
export const isWriting = (event) => event.isComposing || event.keyCode === 229;

export const isEnter = (event) => event.key === "Enter" && !event.shiftKey && !isWriting(event);

// A click that the browser may not have for a new tab or window.
export const isPlain = (event) => !event.ctrlKey && !event.metaKey && !event.shiftKey;

// The arrow keys walk round these, Home and End go to the first and the last. Gives the one that has
// the focus now, where the key was one of those.
export function walk(event, items, [back, forth] = ["ArrowUp", "ArrowDown"]) {
  const here = items.indexOf(document.activeElement);
  const to = { [forth]: here + 1, [back]: Math.max(here, 0) - 1, Home: 0, End: -1 }[event.key];
  const item = items.at(to % items.length);
  if (to === undefined || !item) return null;
  event.preventDefault();
  item.focus();
  return item;
}
