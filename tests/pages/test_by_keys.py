"""The chat by keys alone: all can be reached, and whatever one does, the focus is somewhere."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.conftest import copy_of

from .conftest import SHORT, STORY, Chat
from .long import fill

MANY = 120  # more than there is to stop at


@pytest.fixture(scope="module")
def server(first_run, tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("keys") / "data"
    running = copy_of(first_run, data_dir, {"DEMO_WORDS_PER_SECOND": "40"})
    running.start()
    yield running
    running.kill()


@pytest.fixture
def chat(page, server) -> Chat:
    page.goto(server.url)
    chat = Chat(page)
    chat.box = page.locator("#message")
    return chat


@pytest.fixture
def answered(chat) -> Chat:
    chat.ask(SHORT)
    chat.expect_status("succeeded")
    return chat


def reach(control: Locator, key: str = "Tab") -> None:
    """Go there as somebody does who sees only where the focus is."""
    for _ in range(MANY):
        if control.evaluate_all("all => all.includes(document.activeElement)"):
            return
        control.page.keyboard.press(key)
    raise AssertionError(f"{control} cannot be reached")


def press(control: Locator, key: str = "Tab") -> None:
    reach(control, key)
    control.page.keyboard.press("Enter")


def expect_focus(page: Page) -> None:
    """It is on something that is seen."""
    assert not page.evaluate("document.activeElement === document.body"), "the focus is lost"
    assert page.evaluate("document.activeElement.checkVisibility()")


def test_one_sends_and_stops_by_the_buttons(chat):
    expect(chat.box).to_be_focused()
    chat.page.keyboard.type(STORY)
    press(chat.send)
    chat.wait_for_words(3)
    expect(chat.stop).to_be_focused()

    chat.page.keyboard.press("Enter")

    chat.expect_status("canceled")
    expect(chat.box).to_be_focused()
    press(chat.page.get_by_role("button", name="Retry"), "Shift+Tab")
    chat.wait_for_words(3)
    expect(chat.box).to_be_focused()
    chat.page.keyboard.press("Escape")
    chat.expect_status("canceled")
    expect(chat.box).to_be_focused()


def test_an_answer_is_made_anew_and_its_versions_are_paged_through(answered):
    page = answered.page
    press(page.get_by_role("button", name="More"), "Shift+Tab")
    press(page.get_by_role("button", name="Regenerate"))
    expect(page.locator("[data-running]")).to_have_count(1)
    expect_focus(page)
    answered.expect_status("succeeded")
    expect_focus(page)

    press(page.get_by_role("button", name="Previous version"), "Shift+Tab")
    expect(page.get_by_role("button", name="Next version")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="Previous version")).to_be_focused()


def test_a_message_is_edited_and_an_answer_rewound(answered):
    page, keys = answered.page, answered.page.keyboard
    press(page.get_by_role("link", name="Edit this message"), "Shift+Tab")
    expect(page.get_by_role("textbox", name="Edit this message")).to_be_focused()
    press(page.get_by_role("link", name="Cancel"))
    expect(page.get_by_role("link", name="Edit this message")).to_be_focused()
    keys.press("Enter")
    expect(page.get_by_role("textbox", name="Edit this message")).to_be_focused()
    keys.type(" Really?")
    press(page.get_by_role("button", name="Save and send"))
    expect(answered.box).to_be_focused()
    answered.expect_status("succeeded")

    press(page.get_by_role("button", name="More"), "Shift+Tab")
    press(page.get_by_role("link", name="Rewind to a word…"))
    expect(page.get_by_role("radio").first).to_be_focused()
    for _ in range(3):
        keys.press("ArrowRight")
    press(page.get_by_role("button", name="Ask from here"), "Shift+Tab")

    expect(page.locator(".rewind")).to_have_count(0)
    expect(answered.box).to_be_focused()


def test_an_answer_is_judged(answered):
    page, keys = answered.page, answered.page.keyboard
    press(page.get_by_role("button", name="Bad answer"), "Shift+Tab")
    expect(page.get_by_role("dialog", name="What was wrong with it?")).to_be_visible()
    expect_focus(page)
    keys.press("Escape")
    expect_focus(page)
    press(page.get_by_role("button", name="Say why"))
    press(page.get_by_role("button", name="Tell"))

    expect(page.get_by_role("dialog")).to_be_hidden()
    expect_focus(page)


def test_what_waits_is_sent_taken_back_and_removed(chat):
    page = chat.page
    chat.ask(STORY)
    chat.wait_for_words(2)
    for text in ("One", "Two", "Three"):
        chat.ask(text)
        expect(page.locator(".queued__text").last).to_have_text(text)

    press(page.get_by_role("button", name="Remove").first, "Shift+Tab")
    expect(page.locator(".queued")).to_have_count(2)
    expect_focus(page)
    press(page.get_by_role("button", name="Edit", exact=True).last)
    expect(chat.box).to_have_value("Three")
    expect(chat.box).to_be_focused()
    press(page.get_by_role("button", name="Send now"), "Shift+Tab")

    expect(page.locator(".queued")).to_have_count(0)
    expect(chat.box).to_be_focused()


def test_a_conversation_is_searched_for_renamed_shared_deleted_and_had_back(answered, server):
    page, keys = answered.page, answered.page.keyboard
    page.goto(server.url)
    answered.ask("Who are you, volcano?")
    answered.expect_status("succeeded")
    keys.press("Control+k")
    keys.type("volcano")
    expect(page.locator("#sidebar .result").first).to_be_visible()
    keys.press("ArrowDown")
    expect(page.locator("#sidebar .result").first).to_be_focused()
    keys.press("Escape")
    expect(page.get_by_role("searchbox", name="Search your conversations")).to_be_focused()

    options = page.get_by_role("link", name=f"Options for {SHORT}")
    press(options)
    expect(page.get_by_role("menuitem", name="Rename")).to_be_focused()
    keys.press("Enter")
    keys.type("A brook")
    keys.press("Enter")
    options = page.get_by_role("link", name="Options for A brook")
    expect(options).to_be_focused()

    keys.press("Enter")
    press(page.get_by_role("menuitem", name="Share…"), "ArrowDown")
    expect(page.get_by_role("dialog")).to_be_visible()
    press(page.get_by_role("button", name="Create a link"))
    expect(page.get_by_role("dialog").get_by_role("button", name="Copy")).to_be_focused()
    press(page.get_by_role("dialog").get_by_role("button", name="Revoke"))
    expect(page.get_by_role("dialog")).to_contain_text("No link is open.")
    expect_focus(page)
    press(page.get_by_role("button", name="Close"))
    expect(options).to_be_focused()

    keys.press("Enter")
    press(page.get_by_role("menuitem", name="Delete"), "ArrowUp")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    keys.press("Enter")
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    expect(options).to_be_visible()
    expect_focus(page)

    press(page.locator("#sidebar").get_by_role("link", name="A brook", exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text("A brook")
    expect(answered.box).to_be_focused()


def test_a_menu_that_is_opened_while_a_dialog_closes_keeps_the_focus(answered):
    page = answered.page
    press(page.get_by_role("link", name=f"Options for {SHORT}"))
    press(page.get_by_role("menuitem", name="Share…"), "ArrowDown")
    expect(page.get_by_role("dialog")).to_be_visible()
    closed = page.evaluate_handle(
        """() => ({ event: new Promise((told) => {
          document.querySelector("dialog[open]").addEventListener("close", told);
          document.querySelector("dialog[open]").close();
          document.querySelector("#sidebar [data-menu]").click();
        }) })"""
    )

    closed.evaluate("async ({ event }) => void (await event)")

    expect(page.get_by_role("menuitem", name="Rename")).to_be_focused()


def test_whoever_deletes_what_they_read_can_undo_that_at_once(answered):
    page = answered.page
    url = page.url
    press(page.get_by_role("link", name="Options for this conversation"), "Shift+Tab")
    press(page.get_by_role("menuitem", name="Delete"), "ArrowUp")
    expect(page).to_have_url(re.compile(r"\d/$"))

    press(page.get_by_role("button", name="Undo"), "Shift+Tab")

    expect(page).to_have_url(url)
    expect(answered.box).to_be_focused()


def test_what_is_archived_from_the_list_leaves_the_focus_in_the_list(answered):
    page = answered.page
    press(page.get_by_role("link", name=f"Options for {SHORT}"), "Shift+Tab")
    press(page.get_by_role("menuitem", name="Archive"), "ArrowDown")

    expect(page.locator("#sidebar .sidebar__link")).to_have_count(0)
    expect_focus(page)


def test_whoever_is_at_an_answers_button_stays_there_when_it_ends(chat):
    chat.ask(SHORT)
    chat.wait_for_words(2)
    reach(chat.answer.get_by_role("button", name="Copy this answer"), "Shift+Tab")

    chat.expect_status("succeeded")

    expect(chat.answer.get_by_role("button", name="Copy this answer")).to_be_focused()


def test_the_way_to_earlier_turns_and_to_the_latest_keeps_the_focus(page, server):
    cookie, address, messages = fill(server, count=300)
    page.context.add_cookies([cookie])
    page.goto(f"{address}?message={messages[150]}")
    turns = page.locator("article.message")
    count = turns.count()

    page.get_by_role("link", name="Earlier messages").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(
        "count => document.querySelectorAll('article.message').length > count", arg=count
    )
    expect_focus(page)
    press(page.get_by_role("button", name="Latest"), "Shift+Tab")

    expect(turns.last).to_be_in_viewport()
    expect_focus(page)
