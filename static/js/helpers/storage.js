// What this tab, or this browser ("localStorage"), remembers. Some forbid that; then nothing is kept.

export function recall(key, storage = "sessionStorage") {
  try {
    return window[storage].getItem(key) ?? "";
  } catch {
    return "";
  }
}

export function remember(key, text, storage = "sessionStorage") {
  try {
    if (text) window[storage].setItem(key, text);
    else window[storage].removeItem(key);
  } catch {
    // Forbidden, or full.
  }
}
