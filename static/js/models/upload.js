// One file on its way to the server. Resolves to a reply as those of helpers/http.js.
import { csrfToken, LOGGED_OUT, replied, UNREACHABLE } from "../helpers/http.js";

export function upload(url, file, { onProgress, signal }) {
  const request = new XMLHttpRequest(); // fetch tells nothing of what was sent
  const fields = new FormData();
  fields.set("file", file, file.name);
  return new Promise((resolve) => {
    request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(loaded / total));
    request.addEventListener("load", () => resolve(heard(request, new URL(url, location).href)));
    for (const event of ["error", "abort"]) {
      request.addEventListener(event, () => resolve({ ok: false, status: 0, sentence: UNREACHABLE() }));
    }
    signal.addEventListener("abort", () => request.abort());
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.send(fields);
  });
}

function heard(request, asked) {
  if (request.responseURL !== asked) return { ok: false, status: 401, sentence: LOGGED_OUT() };
  return replied(request.status, parsed(request));
}

function parsed(request) {
  try {
    return JSON.parse(request.responseText);
  } catch {
    return {};
  }
}
