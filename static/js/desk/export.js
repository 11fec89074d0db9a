/* Tells how far an export is while the browser downloads it. Without this it downloads as well. */
const EVERY = 500;
const RUNNING = ["starting", "running"];

const form = document.querySelector(".export form");
const box = form?.querySelector(".export__progress");
const address = form?.dataset.progress.replace(/[0-9a-f-]{36}\/$/, "");
let followed = "";

form?.addEventListener("submit", () => {
  const id = uuid();
  form.elements.id.value = id;
  box.hidden = false;
  follow(id);
});

async function follow(id) {
  followed = id;
  for (let state = "starting"; RUNNING.includes(state) && followed === id; ) {
    await new Promise((resolve) => setTimeout(resolve, EVERY));
    state = await look(id, state);
  }
}

async function look(id, before) {
  try {
    const reply = await fetch(`${address}${id}/`);
    if (!reply.ok) return before;
    const told = await reply.json();
    if (followed === id) show(told);
    return told.state;
  } catch {
    return before; // the network is away: the download may not be
  }
}

function show({ state, sentence, done = 0, total = 0 }) {
  const bar = box.querySelector("progress");
  bar.max = total || 1;
  bar.value = state === "done" ? bar.max : done;
  box.dataset.state = state;
  box.querySelector(".export__sentence").textContent = sentence;
  if (!RUNNING.includes(state)) box.querySelector("[role=status]").textContent = sentence;
}

/* crypto.randomUUID is there in secure contexts only. */
function uuid() {
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) =>
    byte.toString(16).padStart(2, "0"),
  );
  return hex.join("").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
