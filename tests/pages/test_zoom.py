"""Enlarged: at 320 pixels, and with letters of twice the size, nothing is cut and nothing hides."""

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import copy_of

from .conftest import SHORT, STORY, Chat
from .test_states import RICH

# Controls that stick out at the side, or that cannot be brought to where one can press them.
LOST = """() => {
  const out = document.documentElement.scrollWidth - innerWidth;
  const lost = out > 0 ? [`the page: ${out} pixels`] : [];
  const over = [...document.querySelectorAll(":modal, :popover-open:not([role=alert])")].at(-1);
  const controls = "a, button, input, select, summary, textarea";
  const all = (over ?? document.body).querySelectorAll(controls);
  const isScrolled = (each) => each.closest("pre, .table, .maths, .visually-hidden, .skip");
  for (const each of all) {
    if (!each.checkVisibility({ visibilityProperty: true }) || isScrolled(each)) continue;
    if (each.matches(".visually-hidden, .skip, [type=hidden]")) continue;
    each.focus();
    const { left, right, top, bottom, width, height } = each.getBoundingClientRect();
    const isFree = [top + 12, (top + bottom) / 2, bottom - 12].some((y) => {
      const there = document.elementFromPoint((left + right) / 2, y);
      return there && (each.contains(there) || there.contains(each));
    });
    if (left < 0 || right > innerWidth + 0.5 || width < 8 || height < 8 || !isFree)
      lost.push(`${each.outerHTML.slice(0, 120)} ${[left, right, top, bottom].map(Math.round)}`);
  }
  return lost;
}"""


@pytest.fixture(scope="module")
def server(first_run, tmp_path_factory, openai_server):
    data_dir = tmp_path_factory.mktemp("zoom") / "data"
    running = copy_of(first_run, data_dir, {"DEMO_WORDS_PER_SECOND": "40"})
    running.manage("upstream", "add", "openai", openai_server.url, "--name", "box")
    running.start()
    yield running
    running.kill()


def at_320(open_browser) -> Page:
    """1280 by 1024 at 400 %."""
    return open_browser(width=320, height=256, device_scale_factor=4)


def at_640(open_browser) -> Page:
    """1280 by 1024 at 200 %."""
    return open_browser(width=640, height=512, device_scale_factor=2)


def with_large_letters(open_browser) -> Page:
    """A browser whose reader has asked for letters of twice the size."""
    page = open_browser(width=1000, height=800)
    page.context.add_init_script(
        """new MutationObserver(() => {
             if (document.documentElement) document.documentElement.style.fontSize = "200%";
           }).observe(document, { childList: true })"""
    )
    return page


SIZES = pytest.mark.parametrize("size", [at_320, at_640, with_large_letters])


@SIZES
def test_a_conversation_loses_nothing(size, open_browser, server):
    page = size(open_browser)
    page.goto(f"{server.url}/?model=box/echo-fast")
    expect_nothing_lost(page)
    chat = Chat(page)
    chat.ask(RICH)
    chat.expect_status("succeeded")
    expect_nothing_lost(page)

    chat.answer.get_by_role("button", name="More").click()
    expect_nothing_lost(page)
    chat.answer.get_by_text("Rewind to a word").click()
    expect(page.locator(".rewind")).to_be_visible()
    expect_nothing_wide(page)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Edit this message").click()
    expect(page.get_by_role("textbox", name="Edit this message")).to_be_focused()
    expect_nothing_lost(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Bad answer").click()
    expect(page.get_by_role("dialog", name="What was wrong with it?")).to_be_visible()
    expect_nothing_lost(page)


@SIZES
def test_what_lies_over_the_page_loses_nothing(size, open_browser, server):
    page = size(open_browser)
    page.goto(server.url)
    chat = Chat(page)
    chat.ask(SHORT)
    chat.expect_status("succeeded")
    page.get_by_role("button", name="Parameters", exact=True).click()
    expect_nothing_lost(page)
    page.keyboard.press("Escape")

    page.get_by_role("link", name="Options for this conversation").click()
    expect_nothing_lost(page)
    page.get_by_role("menuitem", name="Share…").click()
    page.get_by_role("button", name="Create a link").click()
    expect_nothing_lost(page)
    page.get_by_role("button", name="Close").click()

    page.keyboard.press("Control+/")
    expect_nothing_lost(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+b")
    expect(page.locator("#sidebar .sidebar__link")).to_be_visible()
    expect_nothing_lost(page)


@SIZES
def test_what_waits_and_what_is_said_lose_nothing(size, open_browser, server):
    page = size(open_browser)
    page.goto(server.url)
    chat = Chat(page)
    chat.ask(STORY)
    chat.wait_for_words(2)
    for text in ("And then?", "Is that a true story, or one that somebody has made up?"):
        chat.ask(text)
        expect(page.locator(".queued__text").last).to_have_text(text)
    chat.box.press("Escape")
    chat.expect_status("canceled")

    expect_nothing_lost(page)


@pytest.mark.parametrize("path", ["/search/?q=x", "/archive/", "/models/", "/login/"])
def test_other_pages_lose_nothing(path, open_browser, server):
    page = at_320(open_browser)
    page.goto(server.url + path)

    expect_nothing_lost(page)


def expect_nothing_lost(page: Page) -> None:
    assert page.evaluate(LOST) == []


def expect_nothing_wide(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
