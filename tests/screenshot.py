"""Takes README's picture: `python -m tests.screenshot` (a real server, a real answer, Chromium)."""

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.conftest import CHROMIUM
from tests.running import ROOT, RunningServer

QUESTIONS = (
    "Show me a table and a little Python, in Markdown",
    "Tell me a short story about a river",
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = RunningServer({"DATA_DIR": str(Path(folder) / "data")})
        server.start()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            page = browser.new_page(viewport={"width": 1180, "height": 900})
            page.goto(server.url)
            converse(page)
            page.screenshot(path=ROOT / "docs/chat.png")
        finally:
            browser.close()
            server.kill()


def converse(page) -> None:
    box = page.get_by_role("textbox", name="Message")
    answer = page.locator("article.message[data-role=assistant]").last
    for question in QUESTIONS:
        box.fill(question)
        box.press("Enter")
        if question != QUESTIONS[-1]:
            page.locator("article.message[data-status=succeeded][data-role=assistant]").wait_for()
    page.wait_for_timeout(2600)
    assert answer.get_attribute("data-status") != "succeeded", "the picture is of words arriving"


if __name__ == "__main__":
    main()
