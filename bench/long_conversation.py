"""How fast a long conversation opens, and how fast one types in it, in a real Chromium.

    python -m bench.long_conversation [MESSAGES]

Prints milliseconds: the server's own time for the page, until the first words are seen, until one
can write, and from a key to the next frame; with the newest turns on the page, and with ten times
as many.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx
from playwright.sync_api import Page, sync_playwright

from tests.conftest import CHROMIUM
from tests.pages.long import OPENED, TYPED, fill
from tests.running import RunningServer

TIMES = 7


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = RunningServer({"DATA_DIR": str(Path(folder) / "data")})
        server.start()
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            measure(server, chromium.new_page(), count)
        finally:
            chromium.close()
            server.kill()


def measure(server: RunningServer, page: Page, count: int) -> None:
    cookie, url, _ = fill(server, count)
    page.context.add_cookies([cookie])
    print(f"A conversation of {count} messages; the median of {TIMES}, and the worst:")
    report("the server's page", [served(url, cookie) for _ in range(TIMES)])
    opened = [open_page(page, url) for _ in range(TIMES)]
    report("first words seen", [seen for seen, _ in opened])
    report("one can write", [ready for _, ready in opened])
    report("a key to the next frame", page.evaluate(TYPED))
    while (shown := page.locator("article.message").count()) < min(count, 600):
        page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
        page.wait_for_function(
            "shown => document.querySelectorAll('article.message').length > shown", arg=shown
        )
    report(f"the same with {shown} turns", page.evaluate(TYPED))


def served(url: str, cookie: dict) -> float:
    began = time.perf_counter()
    httpx.get(url, headers={"Cookie": f"sessionid={cookie['value']}"}).raise_for_status()
    return (time.perf_counter() - began) * 1000


def open_page(page: Page, url: str) -> list[float]:
    page.goto("about:blank")
    page.goto(url)
    return page.evaluate(OPENED)


def report(what: str, times: list[float]) -> None:
    print(f"  {what:28} {statistics.median(times):7.0f} {max(times):7.0f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
