// Rivulet on somebody's page: a button and, from its first press on, a frame with the chat. Nothing
// else is fetched before. The page gets one global, `Rivulet`, and no word of what is said.
(() => {
  const site = "SITE";
  const script = document.currentScript;
  // An image of that name, slipped into the page, would stand in for the script.
  if (script.tagName !== "SCRIPT" || (site && window.Rivulet?.key === site.key)) return;
  const { origin } = new URL(script.src);

  const ears = {};
  const past = {}; // what those who begin to listen late hear at once
  let frame, timer, identity, text, unread;
  let isOpen = false;
  let isReady = false;
  let ticket = store("");
  let mustReset = store(":reset");

  const api = {
    key: site?.key,
    open: () => show(true),
    close: () => show(false),
    toggle: () => show(!isOpen),
    draft(words) {
      if (isReady) tell("draft", { text: words });
      else text = words;
    },
    setUser(jwt) {
      if (jwt === identity) return;
      identity = jwt;
      if (isReady) tell("identify", { identity });
      else if (frame) load(); // it may have been greeted already, as somebody else
    },
    reset() {
      identity = text = null;
      store("", (ticket = null));
      store(":reset", (mustReset = "1"));
      if (frame) load();
    },
    on(name, listener) {
      (ears[name] ??= new Set()).add(listener);
      if (past[name]) setTimeout(listener, 0, past[name]);
    },
    off: (name, listener) => ears[name]?.delete(listener),
  };

  // Each listener by itself, for it may throw.
  function emit(name, detail = {}) {
    ears[name]?.forEach((listener) => setTimeout(listener, 0, detail));
    return detail;
  }

  // Not strict: where the page holds on to the name, that is no error, and the event brings it.
  function introduce() {
    window.Rivulet = api;
    dispatchEvent(new CustomEvent("rivulet", { detail: api }));
  }

  if (!site) {
    past.error = emit("error", { code: "paused" });
    return introduce();
  }

  // In a closed shadow, where the page's styles and scripts do not reach. There is no inline style and
  // no innerHTML, which its policy may forbid.
  const host = document.createElement("rivulet-chat");
  const shadow = host.attachShadow({ mode: "closed" });
  const launcher = add(shadow, "button", { ariaHasPopup: "dialog", onclick: api.toggle });
  add(launcher, "i");
  const badge = add(launcher, "b");
  const panel = add(shadow, "div", { role: "dialog", ariaLabel: site.title, tabIndex: -1 });
  const notice = add(panel, "p", { role: "alert" });
  add(panel, "button", { textContent: site.retry, onclick: retry });
  add(panel, "button", { textContent: site.close, onclick: api.close });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { all: initial !important; display: contents !important; color-scheme: ${site.scheme.replace("auto", "light dark")} !important; }
    * { box-sizing: border-box; font: 16px/24px system-ui; }
    button { padding: 8px 16px; border: 2px solid transparent; border-radius: 30px; background: ${site.accent}; color: ${site.on}; cursor: pointer; }
    :focus-visible { outline: 3px solid ${site.on}; box-shadow: 0 0 0 6px ${site.accent}; }
    [aria-haspopup], div { position: fixed; z-index: 2147483647; ${site.position}: 20px; bottom: 20px; box-shadow: 0 4px 20px #0005; }
    [aria-haspopup] { width: 60px; height: 60px; }
    i { display: block; width: 24px; border: 12px solid; border-radius: 8px 8px 8px 0; clip-path: path(evenodd, "M0 0h24v24h-24zM4 11v3q4-4 8 0t8 0v-3q-4 4-8 0t-8 0z"); }
    [aria-expanded=true] i { clip-path: path("M5 3l7 7 7-7 2 2-7 7 7 7-2 2-7-7-7 7-2-2 7-7-7-7z"); }
    b { position: absolute; top: -6px; right: -6px; min-width: 24px; padding: 0 6px; border-radius: 12px; background: #b3261e; color: #fff; }
    b:empty, [aria-expanded=true] b, div, [data-state=loading] p + button { display: none; }
    [aria-expanded=true] + div { display: grid; }
    div { place-content: center; gap: 12px; margin-bottom: 76px; width: min(400px, 100vw - 40px); height: min(640px, 100vh - 116px); overflow: hidden; border: 1px solid #8886; border-radius: ${site.radius}px; background: Canvas; }
    p:empty::before { content: "..."; }
    iframe { position: absolute; width: 100%; height: 100%; border: 0; visibility: hidden; }
    [data-state=ready] iframe { visibility: visible; }
    @media (max-width: 30rem), (max-height: 30rem) {
      [aria-expanded=true] { display: none; }
      div { inset: var(--top, 0) 0 auto; margin: 0; width: auto; height: var(--height, 100%); border: 0; border-radius: 0; }
    }
    @media print { :host { display: none !important; } }
  `);
  shadow.adoptedStyleSheets = [sheet];

  function add(parent, name, properties) {
    return parent.appendChild(Object.assign(document.createElement(name), properties));
  }

  // With a value it is kept, with null forgotten. Where storage is blocked, to name it throws.
  function store(name, value) {
    try {
      const storage = name === ":reset" ? localStorage : sessionStorage;
      name = "rivulet:" + site.key + name;
      if (value) storage.setItem(name, value);
      if (value === null) storage.removeItem(name);
      return storage.getItem(name);
    } catch {}
  }

  function show(wanted, isByItself) {
    if (!site || wanted === isOpen) return;
    const hadFocus = document.activeElement === host;
    isOpen = wanted;
    store(":open", isOpen ? "1" : null);
    draw();
    if (isOpen && !frame) load();
    if (isOpen && !isByItself) panel.focus();
    if (isOpen) enter();
    if (!isOpen && isReady) tell("close");
    if (!isOpen && hadFocus) launcher.focus();
    emit(isOpen ? "open" : "close");
  }

  function draw() {
    const news = unread ? ` (${site.unread.replace("%s", unread)})` : "";
    launcher.ariaExpanded = isOpen;
    launcher.ariaLabel = isOpen ? site.close : site.label + news;
    badge.textContent = unread || "";
  }

  function load() {
    isReady = false;
    panel.dataset.state = "loading";
    notice.textContent = "";
    frame?.remove();
    const src = `${origin}/embed/${site.key}/?panel=1&language=${site.language}`;
    frame = add(panel, "iframe", { title: site.title, allow: "clipboard-write", src });
    wait(10000);
    // Also when it could not be loaded, and when the chat loads itself anew.
    frame.onload = () => {
      isReady = false;
      tell("hello", { open: isOpen, ticket, identity, reset: mustReset });
      wait(5000);
    };
  }

  function retry() {
    panel.focus();
    load();
  }

  function wait(milliseconds) {
    clearTimeout(timer);
    timer = setTimeout(() => {
      panel.dataset.state = "failed";
      notice.textContent = site.failed;
      emit("error", { code: "failed" });
    }, milliseconds);
  }

  // The focus goes on from the panel into the frame, unless it has gone elsewhere meanwhile.
  function enter() {
    if (!isReady || shadow.activeElement !== panel) return;
    frame.focus();
    tell("open");
  }

  function tell(type, more) {
    frame.contentWindow.postMessage({ rivulet: site.key, type, ...more }, origin);
  }

  const heed = {
    ready() {
      clearTimeout(timer);
      isReady = true;
      panel.dataset.state = "ready";
      store(":reset", (mustReset = null));
      heed.unread({ count: 0 });
      if (text) tell("draft", { text });
      text = null;
      enter();
      past.ready ??= emit("ready");
    },
    closing: () => show(false),
    keep: (data) => store("", (ticket = data.ticket)),
    forget: () => store("", (ticket = null)),
    event: ({ name, detail }) => emit(name, detail),
    unread({ count }) {
      unread = count;
      draw();
      emit("unread", { count });
    },
  };

  addEventListener("message", (event) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== origin) return;
    if (event.data?.rivulet === site.key) heed[event.data.type]?.(event.data);
  });

  host.onkeydown = (event) => {
    if (event.key === "Escape") show(false);
  };

  // A phone's keyboard covers the page, and only the visual viewport tells; two fingers zoom it.
  const seen = visualViewport;
  seen.onresize = seen.onscroll = () => {
    if (seen.scale > 1.01) return;
    panel.style.setProperty("--top", seen.offsetTop + "px");
    panel.style.setProperty("--height", seen.height + "px");
  };

  draw();
  document.documentElement.append(host);
  introduce();
  if (store(":open")) show(true, true);
})();
