"""A page that is away for a while in mid-answer: frozen, cut off without a word, or turned away."""

import pytest
from playwright.sync_api import Page, expect

from tests.cable import cable_to

from .conftest import STORY, Chat

SAID = "() => document.querySelector('live-answer')?.source.length ?? 0"


def watched(page: Page) -> None:
    page.evaluate(
        """() => {
          window.heard = [];
          setInterval(() => {
            const source = document.querySelector("live-answer")?.source;
            if (source !== undefined) window.heard.push(source);
          }, 50);
        }"""
    )


def assert_nothing_but_the_truth(chat: Chat) -> None:
    stored = chat.stored()
    heard = chat.page.evaluate("window.heard")
    assert len(set(heard)) > 10, "it was not watched while it grew"
    assert [source for source in heard if not stored.startswith(source)] == []
    expect(chat.page.locator("article.message")).to_have_count(2)


@pytest.mark.parametrize("verb", ["stop", "wait"])
def test_a_frozen_page_goes_on_when_it_thaws(chat, verb):
    chat.ask(STORY)
    chat.wait_for_words(5)
    watched(chat.page)
    machine = chat.page.context.new_cdp_session(chat.page)
    before = chat.page.evaluate(SAID)

    machine.send("Page.setWebLifecycleState", {"state": "frozen"})
    chat.page.wait_for_timeout(3000)
    machine.send("Page.setWebLifecycleState", {"state": "active"})
    chat.page.wait_for_function(f"before => ({SAID})() > before + 200", arg=before, timeout=4000)

    if verb == "stop":
        chat.stop.click()
    chat.expect_status("canceled" if verb == "stop" else "succeeded")
    assert_nothing_but_the_truth(chat)


def test_a_connection_that_dies_without_a_word_is_missed(open_browser, server):
    with cable_to(int(server.environment["PORT"])) as cable:
        chat = Chat(open_browser())
        chat.page.goto(cable.url)
        chat.ask(STORY)
        chat.wait_for_words(5)
        watched(chat.page)

        cable.die()
        expect(chat.answer.locator("[data-meter]")).to_contain_text("No word for", timeout=8000)
        cable.mend()
        chat.expect_status("succeeded")

        assert_nothing_but_the_truth(chat)


@pytest.fixture
def cut_off(open_browser, server):
    """An answer whose page is connected no more and does not know, and the cable to mend."""
    with cable_to(int(server.environment["PORT"])) as cable:
        chat = Chat(open_browser())
        chat.page.clock.install()
        chat.page.goto(cable.url)
        chat.ask(STORY)
        chat.wait_for_words(5)
        watched(chat.page)
        cable.die()
        cable.forget()
        yield chat, cable


def test_a_connection_that_is_silent_for_long_is_made_anew(cut_off):
    chat, cable = cut_off
    meter, clock, shown = chat.answer.locator("[data-meter]"), chat.page.clock, chat.words
    clock.fast_forward(6000)
    expect(meter).to_contain_text("No word for")
    with chat.page.expect_request("**/live/*"):
        clock.fast_forward(16_000)
    clock.fast_forward(9000)
    expect(meter).to_contain_text("reconnecting")

    cable.mend()
    for _ in range(6):  # idle connections that the browser kept are dead as well
        chat.page.wait_for_timeout(300)
        if chat.words == shown:
            clock.fast_forward(70_000)

    chat.expect_status("succeeded")
    assert_nothing_but_the_truth(chat)


def test_a_page_that_is_seen_again_does_not_trust_a_silent_connection(cut_off):
    page = cut_off[0].page
    show = """hidden => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(show, True)
    page.clock.fast_forward(5000)

    with page.expect_request("**/live/*", timeout=2000):
        page.evaluate(show, False)


def test_a_proxy_that_is_busy_is_asked_again_while_the_page_says_so(chat):
    def refuse(route):
        route.fulfill(status=503, headers={"Retry-After": "1"})

    chat.ask(STORY)
    chat.wait_for_words(5)
    watched(chat.page)
    chat.page.route("**/live/*", refuse)
    chat.page.evaluate("() => dispatchEvent(new Event('online'))")

    expect(chat.answer.locator("[data-meter]")).to_contain_text("reconnecting")
    shown = chat.words
    chat.page.unroute("**/live/*")
    chat.wait_for_words(len(shown.split()) + 5)

    chat.expect_status("succeeded")
    assert_nothing_but_the_truth(chat)


@pytest.mark.parametrize("seconds", [1, 10])
def test_offline_for_a_while_and_then_online_goes_on_exactly(open_browser, server, seconds):
    with cable_to(int(server.environment["PORT"])) as cable:
        chat = Chat(open_browser())
        chat.page.goto(cable.url)
        chat.ask(STORY)
        chat.wait_for_words(5)
        watched(chat.page)

        cable.pull()
        expect(chat.answer.locator("[data-meter]")).to_contain_text("reconnecting")
        chat.page.context.set_offline(True)
        chat.page.wait_for_timeout(seconds * 1000)
        cable.mend()
        chat.page.context.set_offline(False)
        shown = chat.words

        chat.wait_for_words(len(shown.split()) + 5, seconds=3)
        expect(chat.answer.locator("[data-meter]")).not_to_contain_text("reconnecting")
        chat.expect_status("succeeded")
        assert_nothing_but_the_truth(chat)


def test_an_answer_that_ended_while_the_page_was_away_is_there_when_it_comes_back(
    open_browser, server
):
    with cable_to(int(server.environment["PORT"])) as cable:
        chat = Chat(open_browser())
        chat.page.goto(cable.url)
        chat.ask(STORY)
        chat.wait_for_words(5)
        other = Chat(open_browser())
        other.page.context.add_cookies(chat.page.context.cookies())
        other.page.goto(chat.page.url.replace(cable.url, server.url))

        cable.pull()
        other.stop.click()
        other.expect_status("canceled")
        cable.mend()

        chat.expect_status("canceled", seconds=12)
        assert chat.words == other.words
        expect(chat.page.get_by_role("button", name="Retry")).to_be_visible()
