// The conversation that the page shows.

// Its id; "" for a new one.
export const conversationHere = () => location.pathname.match(/^\/c\/([^/]+)/)?.[1] ?? "";

export function entitle(title) {
  const shown = document.querySelector("[data-title]");
  if (!title || !shown || shown.textContent === title) return;
  shown.textContent = title;
  document.title = `${title} · Rivulet`;
}
