// One file on its way to the server; a picture is made smaller first. Resolves to a reply as those of helpers/http.js.
import { csrfToken, LOGGED_OUT, replied, UNREACHABLE } from "../helpers/http.js";

const MOST_PIXELS = 1568;

export async function upload(url, file, { onProgress, signal }) {
  file = await scaled(file);
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

// A picture as models like it: without what a camera writes into it. The same file where the browser cannot read it; the server then says what it thinks of it.
async function scaled(file) {
  if (!file.type.startsWith("image/") || file.type === "image/gif") return file;
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) return file;
  const scale = Math.min(1, MOST_PIXELS / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const type = file.type === "image/png" ? file.type : "image/jpeg";
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, type, 0.88));
  return blob ? new File([blob], file.name, { type }) : file;
}
