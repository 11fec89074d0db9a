"""A page that the browser keeps when it is left, and brings back as it was: the same scripts go on.

In the whole Chromium: the headless shell keeps no page (BackForwardCacheDisabledForDelegate).
"""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from .conftest import SHORT, STORY, Chat

CHROMIUM = os.environ.get("CHROMIUM_WITH_WINDOWS", "/usr/bin/chromium")
# From now on: what is heard of the answer every 20 ms, and whether the page was brought back.
WATCH = """() => {
  window.heard = [];
  window.comings = [];
  addEventListener("pageshow", ({ persisted }) => window.comings.push(persisted));
  setInterval(() => {
    const source = document.querySelector("live-answer")?.source;
    if (source !== undefined) window.heard.push(source);
  }, 20);
}"""
SAID = "() => document.querySelector('live-answer').source"


@pytest.fixture(scope="module")
def browser():
    if not Path(CHROMIUM).exists() and not os.environ.get("CI"):
        pytest.skip(f"{CHROMIUM} is missing: apt install chromium, or set CHROMIUM_WITH_WINDOWS")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox"],
            ignore_default_args=["--disable-back-forward-cache"],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def asked(chat) -> Chat:
    """An answer of some fifteen seconds has begun, and is watched."""
    chat.ask(STORY)
    chat.wait_for_words(5)
    chat.page.evaluate(WATCH)
    return chat


def leave(page: Page, server) -> None:
    page.goto(f"{server.url}/login/")


def come_back(page: Page) -> None:
    """The very page that was left, as `window.comings` knows and no fresh one would."""
    page.evaluate("() => void history.back()")
    page.wait_for_function("() => window.comings?.length")
    assert page.evaluate("window.comings") == [True]


def predictions_of(page: Page, server) -> int:
    conversation = page.url.rstrip("/").rsplit("/", 1)[1]
    asked = f"Prediction.objects.filter(message__conversation='{conversation}')"
    code = f"from predictions.models import Prediction; print({asked}.count())"
    return int(server.shell(code))


def test_in_mid_answer_the_words_go_on_exactly_without_another_prediction(asked, server):
    page = asked.page
    left = page.evaluate(SAID)
    leave(page, server)
    page.wait_for_timeout(1500)
    come_back(page)
    asked.wait_for_words(len(left.split()) + 40)
    asked.expect_status("succeeded")

    stored = asked.stored()
    heard = page.evaluate("window.heard")
    assert len(set(heard)) > 40, "it was not watched while it grew"
    assert [source for source in heard if not stored.startswith(source)] == []
    shown = asked.words
    page.reload()
    assert asked.words == shown, "it is not what a fresh page shows"
    expect(page.locator("article.message")).to_have_count(2)
    assert predictions_of(page, server) == 1


def test_the_answer_can_be_stopped_after_coming_back(asked, server):
    leave(asked.page, server)
    come_back(asked.page)

    asked.stop.click()
    asked.expect_status("canceled", seconds=3)

    stored = asked.stored()
    assert stored
    assert [s for s in asked.page.evaluate("window.heard") if not stored.startswith(s)] == []


def test_an_answer_that_ended_meanwhile_is_there_at_once(chat, server):
    chat.ask(SHORT)
    chat.wait_for_words(3)
    chat.page.evaluate(WATCH)
    other = Chat(chat.page.context.new_page())
    other.page.goto(chat.page.url)

    leave(chat.page, server)
    other.expect_status("succeeded")
    come_back(chat.page)

    chat.expect_status("succeeded", seconds=3)
    assert chat.words == other.words
    expect(chat.send).to_be_visible()


def test_the_doorbell_is_open_again(asked, server):
    other = Chat(asked.page.context.new_page())
    other.page.goto(asked.page.url)
    leave(asked.page, server)
    come_back(asked.page)
    asked.wait_for_words(len(asked.page.evaluate(SAID).split()) + 5)

    other.stop.click()
    other.expect_status("canceled", seconds=3)
    other.ask(SHORT)

    expect(asked.page.locator("article.message")).to_have_count(4, timeout=2000)
    asked.expect_status("succeeded")
    assert asked.words == other.words


def test_a_draft_is_where_it_was(asked, server):
    asked.box.fill("Half a thought")

    leave(asked.page, server)
    come_back(asked.page)

    expect(asked.box).to_have_value("Half a thought")


def test_a_page_that_was_left_before_a_log_out_shows_nothing_after_it(page, server):
    page.goto(f"{server.url}/login/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(server.password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{server.url}/")
    chat = Chat(page)
    chat.ask("What is a brook, secretly?")
    chat.expect_status("succeeded")
    page.goto(f"{server.url}/archive/")
    page.evaluate(WATCH)
    expect(page.get_by_text("secretly")).to_be_visible()

    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    page.evaluate("() => { window.isLeft = true; history.back(); }")
    page.wait_for_function("() => !window.isLeft")

    expect(page).to_have_url(f"{server.url}/archive/")
    expect(page.get_by_text("secretly")).to_have_count(0)
    expect(page.locator(".sidebar__user")).to_have_count(0)
