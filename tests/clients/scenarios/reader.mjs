// npm's EventSource on a stream, as the post's browser example has it.

import { EventSource } from "eventsource";

export function listen(_, { stream }) {
  return new Promise((resolve) => {
    const source = new EventSource(stream, { withCredentials: true });
    const heard = [];
    let opened = 0;
    source.addEventListener("open", () => (opened += 1));
    for (const kind of ["output", "logs", "error", "done"]) {
      source.addEventListener(kind, ({ data, lastEventId }) => {
        if (data === undefined) return; // the connection was lost: it comes back by itself
        heard.push({ event: kind, id: lastEventId, data });
        if (kind !== "done") return;
        source.close();
        resolve({ heard, opened });
      });
    }
  });
}
