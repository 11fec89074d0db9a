// The turns on a page against those that the server has. What is the same stays untouched; what a
// reader is busy with stays as it is until they are done.

export const isRunning = (turn) => Boolean(turn) && "running" in turn.dataset;

// `wanted`: [id, mark] of the newest turns. `fetchTurns(ids)` gives articles, or null to give up;
// `apply(change)` runs what changes the page.
export async function bringUpToDate(turns, wanted, fetchTurns, apply) {
  const lacking = wanted.filter(([id, mark]) => isLacking(find(turns, id), mark)).map(([id]) => id);
  const ids = wanted.map(([id]) => id);
  const gone = surplus(turns, ids);
  if ((!lacking.length && !gone.length) || gone.some(isAtWork)) return;
  const articles = lacking.length ? await fetchTurns(lacking) : [];
  if (articles) apply(() => arrange(turns, ids, new Map(articles.map((turn) => [turn.dataset.id, turn]))));
}

function isLacking(turn, mark) {
  if (!turn) return true;
  turn.dataset.mark ||= mark;
  if (turn.dataset.mark === mark) return false;
  if (isRunning(turn)) turn.querySelector("live-answer").check();
  return !isRunning(turn) && mark.split(" ")[0] !== "running" && !isBusy(turn);
}

// The turns that have no place among those: a turn has one path to it, so that all before the first
// that is known stays.
function surplus(turns, ids) {
  const all = [...turns.querySelectorAll(":scope > .message")];
  const first = all.findIndex((turn) => ids.includes(turn.dataset.id));
  return all.slice(Math.max(0, first)).filter((turn) => !ids.includes(turn.dataset.id));
}

function arrange(turns, ids, articles) {
  for (const turn of surplus(turns, ids)) turn.remove();
  const start = ids.findIndex((id) => find(turns, id));
  let before = find(turns, ids[start]);
  if (!before) turns.replaceChildren();
  for (const id of ids.slice(Math.max(0, start))) {
    const there = find(turns, id);
    const article = articles.get(id) ?? there;
    if (there && there !== article) renew(there, article);
    else if (!there && article) before ? before.after(article) : turns.append(article);
    before = article ?? before;
  }
}

function renew(old, article) {
  const [thoughts, shown] = [article, old].map((turn) => turn.querySelector(".reasoning"));
  if (thoughts && shown) thoughts.open = shown.open;
  if ("fresh" in old.dataset) article.dataset.fresh = "";
  old.replaceWith(article);
}

function isBusy(turn) {
  const selection = document.getSelection();
  const isSelected = !selection.isCollapsed && turn.contains(selection.anchorNode);
  return isSelected || turn.contains(document.activeElement) || isAtWork(turn);
}

const isAtWork = (turn) => Boolean(turn.querySelector(".inline, :popover-open"));

const find = (turns, id) => id && turns.querySelector(`:scope > [data-id="${id}"]`);
