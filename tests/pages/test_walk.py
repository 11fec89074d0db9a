"""A walk at random over two tabs: wherever it leads, each shows what a page shows that is new."""

import random
import time

import pytest
from playwright.sync_api import Error

from .conftest import Chat

SHOWN = """() => ({
  turns: [...document.querySelectorAll("[data-turns] > .message")].map((turn) => [
    turn.dataset.id,
    turn.dataset.status,
    [...turn.querySelectorAll("[aria-pressed]")].map((thumb) => thumb.ariaPressed).join(),
    turn.matches("[data-running]") ? "" : turn.innerText.replace(/\\s+/g, " "),
  ]),
  queue: [...document.querySelectorAll(".queue__line, .queued__text")].map((at) => at.innerText),
  stop: document.querySelector("[data-stop]:not([hidden])")?.formAction,
  title: document.title,
})"""
# What a visitor may press, where it is there; what a browser would not let them press is left out.
PRESSES = {
    "stop": "[data-stop]",
    "regenerate": "article:last-of-type .menu button:not([formaction])",
    "regenerate the first": "[data-role=assistant] .menu button:not([formaction])",
    "continue": "article:last-of-type .menu [formaction$='/extend/']",
    "retry": ".message__end [data-retry] button:last-of-type",
    "previous": "[data-step=previous]",
    "next": "[data-step=next]",
    "last previous": "article:last-of-type [data-step=previous]",
    "thumb": "[name=verdict]",
    "send now": "[formaction$='/send/']",
    "take back": ".queued [data-edit]",
    "remove": "[formaction$='/remove/']",
}
PRESS = """selector => {
  const control = document.querySelector(selector);
  if (!control || control.hidden || control.disabled) return;
  if (getComputedStyle(control).visibility === "visible") control.click();
}"""
GIVE_UP = """() => {
  const forms = document.querySelectorAll(".inline");
  for (const form of forms) form.dispatchEvent(new Event("give-up"));
  for (const open of document.querySelectorAll(":popover-open")) open.hidePopover();
  document.activeElement.blur();
}"""


@pytest.fixture
def fast(make_server):
    return make_server(DEMO_WORDS_PER_SECOND="60")


def step(dice: random.Random, tab: Chat, number: int) -> None:
    """Do one thing in a tab."""
    verb = dice.choice(["ask", "ask", "edit", "rewind", *PRESSES])
    if verb == "ask":
        tab.ask(f"What are you? {number}")
    elif verb == "edit":
        tab.page.evaluate(PRESS, "[data-role=user] message-inline a")
        if wait_for(tab, ".editor__text"):
            tab.page.locator(".editor__text").first.fill(f"Hello {number}")
            tab.page.locator(".editor__text").first.press("Enter")
    elif verb == "rewind":
        tab.page.evaluate(PRESS, "article:last-of-type .menu message-inline a")
        if wait_for(tab, ".rewind"):
            tab.page.evaluate("() => document.querySelectorAll('.rewind input')[2]?.click()")
            tab.page.evaluate(PRESS, ".rewind [value=ask]")
    else:
        tab.page.evaluate(PRESS, PRESSES[verb])


def wait_for(tab: Chat, selector: str) -> bool:
    try:
        tab.page.wait_for_selector(selector, timeout=700)
    except Error:
        return False
    return True


def settle(tabs: list[Chat], fresh: Chat) -> None:
    """Until each tab shows what a page shows that is loaded anew."""
    for tab in tabs:
        tab.page.evaluate(GIVE_UP)  # what was refused is still open
    until = time.monotonic() + 6
    while True:
        fresh.page.goto(tabs[0].page.url)
        shown = [tab.page.evaluate(SHOWN) for tab in (*tabs, fresh)]
        if shown[0] == shown[1] == shown[2]:
            return
        assert time.monotonic() < until, shown


def test_wherever_two_tabs_are_led_both_show_what_is_stored(fast, open_browser):
    dice = random.Random(0)
    page = open_browser()
    tabs, fresh = [Chat(page), Chat(page.context.new_page())], Chat(page.context.new_page())
    page.goto(fast.url)
    tabs[0].ask("What are you?")
    tabs[0].wait_for_words(1)
    tabs[1].page.goto(page.url)

    for number in range(20):
        step(dice, dice.choice(tabs), number)
        if number % 4 == 3:
            settle(tabs, fresh)
