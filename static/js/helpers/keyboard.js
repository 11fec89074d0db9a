// Where a phone's keyboard lies over the page and does not make it smaller (iOS), the height that it
// covers is --keyboard, for what must stay above it.

const seen = window.visualViewport;

function measure() {
  // A page that is zoomed into by two fingers is smaller, too, but nothing covers it.
  const covered = seen.scale === 1 ? window.innerHeight - seen.height - seen.offsetTop : 0;
  document.documentElement.style.setProperty("--keyboard", `${Math.max(0, Math.round(covered))}px`);
}

seen?.addEventListener("resize", measure);
seen?.addEventListener("scroll", measure);
