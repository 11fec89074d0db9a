// The demo's page: what the script of somebody else's page may do with the chat, and what it hears.
const EVENTS = ["ready", "open", "close", "message", "error", "unread", "reset"];
const log = document.querySelector("[data-log]");

// The chat's script is there before this one, or comes later.
if (window.Rivulet) begin();
else window.addEventListener("rivulet", begin, { once: true });

function begin() {
  const { Rivulet } = window;
  for (const name of EVENTS) Rivulet.on(name, (detail) => write(name, detail));
  const acts = {
    open: () => Rivulet.open(),
    close: () => Rivulet.close(),
    draft: ({ text }) => {
      Rivulet.draft(text);
      Rivulet.open();
    },
    reset: () => Rivulet.reset(),
  };
  for (const button of document.querySelectorAll("[data-act]")) {
    button.disabled = false;
    button.onclick = () => acts[button.dataset.act](button.dataset);
  }
}

function write(name, detail) {
  const line = document.createElement("p");
  const time = new Date().toLocaleTimeString("en-GB");
  line.textContent = `${time}  ${name}  ${JSON.stringify(detail)}`.replace("  {}", "");
  log.append(line);
  log.scrollTop = log.scrollHeight;
}
