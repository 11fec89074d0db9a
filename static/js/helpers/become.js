// Make a node on the page the same as another one and touch only what differs, so that a selection,
// the focus and what is scrolled stay. What our elements have added (`.copy`) is theirs.
export function become(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType === Node.TEXT_NODE && fresh.nodeType === Node.TEXT_NODE) return grow(old, fresh.data);
  if (!old.cloneNode().isEqualNode(fresh.cloneNode())) return old.replaceWith(fresh);
  becomeAll(old, parts(old), parts(fresh));
}

// The same for these children of `parent`, its last ones.
export function becomeAll(parent, old, fresh) {
  fresh.forEach((node, place) => (old[place] ? become(old[place], node) : parent.append(node)));
  for (const node of old.slice(fresh.length)) node.remove();
}

function parts(node) {
  return [...node.childNodes].filter((child) => !child.matches?.(".copy"));
}

function grow(text, data) {
  if (data.startsWith(text.data)) text.appendData(data.slice(text.length));
  else text.data = data;
}
