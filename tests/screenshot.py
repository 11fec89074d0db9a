"""Takes README's pictures: `python -m tests.screenshot` (a real server, real answers, Chromium)."""

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.conftest import CHROMIUM
from tests.pages.hosts import OPEN
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
            page.add_init_script(OPEN)
            page.goto(server.url)
            converse(page)
            page.screenshot(path=ROOT / "docs/chat.png")
            page.goto(f"{server.url.replace('127.0.0.1', 'localhost')}/host/")
            converse_in_a_shop(page)
            page.screenshot(path=ROOT / "docs/embed.png")
        finally:
            browser.close()
            server.kill()


def converse_in_a_shop(page) -> None:
    page.wait_for_function("window.Rivulet")
    page.evaluate("Rivulet.open()")
    frame = page.frame_locator("rivulet-chat iframe")
    frame.get_by_role("button", name=QUESTIONS[-1]).click()
    frame.locator("live-answer").wait_for()
    page.wait_for_timeout(3000)


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
