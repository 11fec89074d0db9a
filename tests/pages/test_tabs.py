"""Several tabs and devices: what happens in one is there in the others within a second."""

import re
import time

import pytest
from playwright.sync_api import expect

from .conftest import SHORT, STORY, Chat

SECOND = 1000  # milliseconds


@pytest.fixture
def other_device(open_browser):
    """The same visitor's browser on another machine, at the same conversation."""

    def make(chat: Chat, **options) -> Chat:
        page = open_browser(**options)
        page.context.add_cookies(chat.page.context.cookies())
        page.goto(chat.page.url)
        return Chat(page)

    return make


@pytest.fixture
def asked(chat) -> Chat:
    """A conversation with one answer that has ended."""
    chat.ask(SHORT)
    chat.expect_status("succeeded")
    return chat


def turns(chat: Chat):
    return chat.page.locator("article.message")


def queue(chat: Chat):
    return chat.page.locator(".queued__text")


def test_a_new_turn_is_on_another_device_within_a_second(asked, other_device):
    other = other_device(asked)
    expect(other.answer).to_be_visible()

    asked.ask(STORY)

    expect(turns(asked)).to_have_count(4)
    expect(turns(other)).to_have_count(4, timeout=SECOND)
    expect(other.stop).to_be_visible()
    other.wait_for_words(5)
    assert asked.page.title() == other.page.title()


def test_the_first_turn_of_a_new_visitor_opens_the_doorbell(chat, other_device):
    chat.ask(STORY)
    chat.wait_for_words(2)
    other = other_device(chat)

    other.stop.click()
    other.expect_status("canceled")
    other.ask(SHORT)

    expect(turns(chat)).to_have_count(4, timeout=2 * SECOND)


def test_stop_from_another_tab_closes_the_upstream_and_both_show_what_is_stored(
    asked, other_device, server, openai_server
):
    server.manage("upstream", "add", "openai", openai_server.url, "--name", "misbehaving")
    asked.page.reload()
    asked.choose_model("misbehaving/slow")
    other = other_device(asked)
    left = openai_server.stats["left"]

    asked.ask("Talk slowly")
    expect(turns(other)).to_have_count(4)
    other.wait_for_words(3)
    other.stop.click()
    pressed = time.monotonic()

    while openai_server.stats["left"] == left:
        assert time.monotonic() - pressed < 1, "the upstream is still open"
    for tab in (asked, other):
        tab.expect_status("canceled", seconds=3)
    stored = asked.stored()
    assert stored
    assert said(asked) == said(other) == " ".join(stored.split())


def test_a_conversation_deleted_elsewhere_says_so_and_keeps_its_words(asked, other_device):
    other = other_device(asked)
    words = other.words

    asked.page.get_by_role("link", name="Options for this conversation").click()
    asked.page.get_by_role("menuitem", name="Delete").click()

    expect(other.page.get_by_role("alert")).to_contain_text("not here any more", timeout=2 * SECOND)
    assert other.words == words != ""


def test_a_new_turn_elsewhere_leaves_draft_focus_and_selection_alone(asked, other_device):
    other = other_device(asked)
    other.box.fill("Half a thought")
    other.page.evaluate(
        """() => {
          document.querySelector("copy-button button").focus();
          const body = document.querySelector("[data-role=assistant] .message__body");
          document.getSelection().selectAllChildren(body);
        }"""
    )
    selected = other.page.evaluate("String(getSelection())")

    asked.ask(STORY)
    expect(turns(other)).to_have_count(4)

    expect(other.box).to_have_value("Half a thought")
    assert other.page.evaluate("String(getSelection())") == selected != ""
    assert other.page.evaluate("document.activeElement.className") == "copy"


def test_a_live_answer_goes_on_when_the_queue_rings(chat, other_device):
    chat.ask(STORY)
    chat.wait_for_words(3)
    other = other_device(chat)
    other.page.evaluate("window.live = document.querySelector('live-answer')")

    chat.ask("And another")
    expect(queue(other)).to_have_text("And another")

    assert other.page.evaluate("window.live.isConnected")
    other.wait_for_words(12)


def test_where_there_are_no_websockets_a_page_looks_when_one_comes_back(asked, open_browser):
    page = open_browser()
    page.context.add_cookies(asked.page.context.cookies())
    page.route_web_socket(re.compile("/doorbell"), lambda socket: socket.close())
    page.goto(asked.page.url)
    asked.ask(STORY)
    expect(turns(asked)).to_have_count(4)
    expect(page.locator("article.message")).to_have_count(2)

    page.evaluate("window.dispatchEvent(new Event('focus'))")

    expect(page.locator("article.message")).to_have_count(4)


def test_after_a_restart_of_the_server_the_doorbell_rings_again(
    open_browser, make_server, other_device
):
    server = make_server()
    chat = Chat(open_browser())
    chat.page.goto(server.url)
    chat.ask(SHORT)
    chat.expect_status("succeeded")
    other = other_device(chat)

    server.terminate()
    server.start()
    chat.ask(STORY)

    expect(turns(other)).to_have_count(4, timeout=15 * SECOND)


# The queue


def test_a_second_send_waits_and_is_asked_after_the_answer(chat, other_device):
    chat.ask(SHORT)
    chat.wait_for_words(2)
    other = other_device(chat)

    chat.ask("What is a brook?")

    expect(queue(chat)).to_have_text("What is a brook?")
    expect(chat.box).to_have_value("")
    expect(chat.stop).to_be_visible()
    expect(queue(other)).to_have_text("What is a brook?", timeout=SECOND)
    for tab in (chat, other):
        expect(turns(tab)).to_have_count(4, timeout=15 * SECOND)
        expect(queue(tab)).to_have_count(0)


def test_what_is_typed_meanwhile_can_be_sent_with_the_mouse(chat):
    chat.ask(STORY)
    chat.wait_for_words(1)
    send = chat.page.get_by_role("button", name="Send", exact=True)
    expect(send).to_be_hidden()

    chat.box.fill("What is a brook?")
    expect(chat.stop).to_be_visible()
    send.click()

    expect(queue(chat)).to_have_text("What is a brook?")
    expect(send).to_be_hidden()
    chat.stop.click()
    chat.expect_status("canceled")


def test_three_that_wait_are_asked_in_order(chat):
    chat.ask(SHORT)
    chat.wait_for_words(1)
    stories = ["A first story", "A second story", "A third story"]  # long enough to be stopped
    for text in stories:
        chat.ask(text)
        expect(queue(chat).last).to_have_text(text)

    for count in (4, 6, 8):
        expect(turns(chat)).to_have_count(count, timeout=40 * SECOND)
        chat.stop.click()
        chat.expect_status("canceled")
        if count < 8:
            chat.page.get_by_role("button", name="Send now").first.click()

    asked = chat.page.locator("[data-role=user] .message__body").all_text_contents()
    assert asked == [SHORT, *stories]


def test_after_a_stop_the_queue_waits_and_says_so(chat):
    chat.ask(STORY)
    chat.wait_for_words(2)
    chat.ask("And another")
    expect(queue(chat)).to_have_count(1)

    chat.stop.click()
    chat.expect_status("canceled")

    expect(chat.page.locator(".queue__line")).to_contain_text("did not finish")
    expect(turns(chat)).to_have_count(2)


def test_send_now_stops_the_answer_and_asks(chat):
    chat.ask(STORY)
    chat.wait_for_words(3)
    chat.ask("Rather this")

    chat.page.get_by_role("button", name="Send now").click()

    expect(turns(chat)).to_have_count(4, timeout=3 * SECOND)
    expect(turns(chat).nth(1)).to_have_attribute("data-status", "canceled")
    expect(queue(chat)).to_have_count(0)
    chat.wait_for_words(2)


def test_what_waits_goes_back_into_the_box(chat):
    chat.ask(STORY)
    chat.wait_for_words(2)
    chat.ask("A thought\nin two lines")

    chat.page.get_by_role("button", name="Edit").click()

    expect(chat.box).to_have_value("A thought\nin two lines")
    expect(chat.box).to_be_focused()
    expect(queue(chat)).to_have_count(0)
    chat.page.reload()
    expect(chat.box).to_have_value("A thought\nin two lines")


def test_what_waits_can_be_removed_from_another_tab(chat, other_device):
    chat.ask(STORY)
    chat.wait_for_words(2)
    chat.ask("Never mind")
    other = other_device(chat)

    other.page.get_by_role("button", name="Remove").click()

    expect(queue(other)).to_have_count(0)
    expect(queue(chat)).to_have_count(0, timeout=SECOND)


def test_a_queue_survives_a_killed_server(open_browser, make_server):
    server = make_server(DEMO_WORDS_PER_SECOND="20", LEASE_SECONDS="2")
    chat = Chat(open_browser())
    chat.page.goto(server.url)
    chat.ask(STORY)
    chat.wait_for_words(3)
    chat.ask("And another")
    expect(queue(chat)).to_have_count(1)

    server.kill()
    server.start()

    chat.expect_status("failed", seconds=30)
    chat.page.get_by_role("button", name="Send now").click()
    expect(turns(chat)).to_have_count(4)
    chat.wait_for_words(2)


# Double submit


def test_a_double_enter_is_one_turn(chat):
    chat.box.fill(SHORT)
    chat.box.evaluate(
        """box => { for (let n = 0; n < 2; n++) box.dispatchEvent(
             new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true })); }"""
    )

    chat.expect_status("succeeded")
    expect(turns(chat)).to_have_count(2)
    chat.page.reload()
    expect(turns(chat)).to_have_count(2)


def test_a_resend_after_a_lost_reply_is_one_turn(asked):
    lost = []

    def lose_the_reply(route):
        if lost:
            return route.continue_()
        lost.append(route.fetch())
        route.abort("connectionreset")

    asked.page.route("**/ask/", lose_the_reply)
    asked.ask(STORY)
    expect(asked.page.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(asked.box).to_have_value(STORY)

    asked.box.press("Enter")

    expect(asked.box).to_have_value("")
    expect(turns(asked)).to_have_count(4)
    asked.page.reload()
    expect(turns(asked)).to_have_count(4)
    assert lost[0].ok


def test_two_tabs_that_send_at_once_make_two_turns_one_after_the_other(asked, other_device):
    other = other_device(asked)

    asked.ask("From here")
    other.ask("From there")

    for tab in (asked, other):
        expect(turns(tab)).to_have_count(6, timeout=40 * SECOND)
        tab.expect_status("succeeded")
    assert said(asked) == said(other)


def said(chat: Chat) -> str:
    """The answer's words, as one reads them."""
    return " ".join(chat.answer.locator(".message__body").inner_text().split())
