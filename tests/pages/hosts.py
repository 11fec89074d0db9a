"""Pages of other origins around the chat: served for real, and seen as a visitor sees them."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
from playwright.sync_api import Frame, Locator, Page

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>A shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><main><h1>A shop</h1><p><a href="/other">Another page</a></p>
<p style="block-size: 200vh">Much to read.</p></main>%s"""
# What a closed shadow root hides from a page's scripts, a test has to see.
OPEN = """const attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (how) {
  return attach.call(this, { ...how, mode: "open" });
}"""

COPIED = """async () => {
  const { token } = document.querySelector("embed-chat").visit;
  const { url } = [...document.querySelectorAll("copy-button")].at(-1).dataset;
  const headers = { Authorization: `Visitor ${token}` };
  return (await fetch(url, { headers })).text();
}"""


class Hosts:
    """Serves pages by their path, under any name of this machine: each name is an origin."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.pages: dict[str, str] = {}
        self.headers: dict[str, str] = {}

    def origin(self, name: str = "localhost") -> str:
        return f"http://{name}:{self.port}"


@contextmanager
def serving() -> Iterator[Hosts]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = hosts.pages.get(self.path.partition("?")[0])
            self.send_response(404 if page is None else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            for name, value in hosts.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write((page or "").encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        hosts = Hosts(http.server_port)
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield hosts
        http.shutdown()


class Site:
    """An embed site of a server, and pages of `hosts` that have its line."""

    def __init__(self, server, hosts: Hosts, name: str = "Shop", **fields: object) -> None:
        self.server, self.hosts, self.name = server, hosts, name
        self.url = hosts.origin()
        fields = {"name": name, "origins": self.url} | fields
        told = server.shell(
            "import json; from chatapp.models import EmbedSite; "
            f"site = EmbedSite.objects.create(**json.loads({json.dumps(json.dumps(fields))})); "
            "print(json.dumps([site.key, site.secrets[0]]))"
        )
        self.key, self.secret = json.loads(told)
        hosts.pages |= {"/": PAGE % self.line(), "/other": PAGE % self.line(), "/bare": PAGE % ""}

    def line(self, more: str = "") -> str:
        return f'<script async src="{self.server.url}/embed.js?site={self.key}{more}"></script>'

    def change(self, **fields: object) -> None:
        self.server.shell(
            f"from chatapp.models import EmbedSite; s = EmbedSite.objects.get(key='{self.key}'); "
            f"[setattr(s, *pair) for pair in {fields!r}.items()]; s.save()"
        )

    def ask_as_curl(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(f"{self.server.url}/embed/{self.key}/{path}", headers=headers)

    def post_as_curl(self, path: str, **fields: str) -> httpx.Response:
        return httpx.post(f"{self.server.url}/embed/{self.key}/{path}", data=fields)


class Embedded:
    """The chat on somebody's page, as a visitor sees it."""

    def __init__(self, page: Page, url: str, *, opens: bool = True) -> None:
        self.page = page
        page.set_default_timeout(12_000)
        page.add_init_script(OPEN)
        page.goto(url)
        if opens:
            self.open()

    def open(self) -> None:
        self.launcher.click()
        self.box.wait_for()

    @property
    def launcher(self) -> Locator:
        return self.page.locator("rivulet-chat [aria-haspopup=dialog]")

    @property
    def inside(self):
        return self.page.frame_locator("rivulet-chat iframe")

    @property
    def frame(self) -> Frame:
        return next(each for each in self.page.frames if "/embed/" in each.url)

    @property
    def box(self) -> Locator:
        return self.inside.get_by_role("textbox", name="Message")

    @property
    def answer(self) -> Locator:
        return self.inside.locator("article.message[data-role=assistant]").last

    @property
    def articles(self) -> Locator:
        return self.inside.locator("article.message")

    def ask(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")

    def wait_for_words(self, count: int, seconds: float = 15) -> None:
        self.answer.wait_for()
        self.frame.wait_for_function(
            """count => [...document.querySelectorAll('[data-role=assistant] .message__body')]
                 .at(-1)?.textContent.match(/\\S+/g)?.length >= count""",
            arg=count,
            timeout=seconds * 1000,
        )

    @property
    def words(self) -> str:
        """The answer's words as they were heard, byte for byte."""
        return self.answer.evaluate(
            """answer => answer.querySelector("live-answer")?.source
                 ?? answer.querySelector(".message__body").textContent"""
        )

    @property
    def copied(self) -> str:
        """The answer's words as the frame's button copies them."""
        return self.frame.evaluate(COPIED)

    def api(self, call: str) -> object:
        return self.page.evaluate(f"() => window.Rivulet.{call}")
