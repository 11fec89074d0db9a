"""The keys of the pages: what they do, when they keep quiet, and that they can be switched off."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import SHORT, STORY, Chat


@pytest.fixture
def sheet(page):
    return page.get_by_role("dialog", name="Keyboard shortcuts")


def leave_the_box(page) -> None:
    page.evaluate("document.activeElement.blur()")


@pytest.mark.parametrize("key", ["?", "Control+/"])
def test_a_key_opens_the_sheet_and_escape_brings_back(key, chat, sheet):
    leave_the_box(chat.page)

    chat.page.keyboard.press(key)
    expect(sheet).to_be_visible()
    chat.page.keyboard.press("Escape")

    expect(sheet).to_be_hidden()


def test_the_sheet_has_a_button_and_gives_the_focus_back(chat, sheet):
    button = chat.page.get_by_role("button", name="Shortcuts")
    button.click()
    sheet.get_by_role("button", name="Close").click()

    expect(sheet).to_be_hidden()
    expect(button).to_be_focused()


def test_signs_are_signs_while_one_types(chat, sheet):
    chat.box.press_sequentially("why? a/b")

    expect(chat.box).to_have_value("why? a/b")
    expect(sheet).to_be_hidden()


def test_a_key_leads_to_the_box(chat):
    leave_the_box(chat.page)

    chat.page.keyboard.press("Shift+Escape")

    expect(chat.box).to_be_focused()


def test_a_key_begins_a_new_chat(chat):
    chat.ask(SHORT)
    expect(chat.page).to_have_url(re.compile("/c/"))

    chat.page.keyboard.press("Control+Shift+O")

    expect(chat.page).to_have_url(re.compile(r":\d+/$"))


def test_escape_stops_the_answer_from_the_box_only(chat):
    chat.ask(STORY)
    chat.wait_for_words(2)
    leave_the_box(chat.page)
    chat.page.keyboard.press("Escape")
    chat.wait_for_words(6)

    chat.box.press("Escape")

    chat.expect_status("canceled", seconds=3)


@pytest.mark.parametrize("key", ["/", "Control+k"])
def test_a_key_leads_to_the_search(key, page, server):
    page.goto(f"{server.url}/models/")

    page.keyboard.press(key)

    expect(page.locator("[type=search]").first).to_be_focused()
    expect(page.locator("[type=search]").first).to_have_value("")


def test_a_key_leads_to_the_conversations_also_on_a_phone(open_browser, server):
    chat = Chat(open_browser(width=390))
    chat.page.goto(server.url)
    chat.ask(SHORT)
    link = chat.page.locator("#sidebar .sidebar__link", has_text=SHORT)
    expect(link).to_be_hidden()

    chat.page.keyboard.press("Control+b")

    expect(link).to_be_visible()


def test_a_key_copies_the_last_answer(open_browser, server):
    chat = Chat(open_browser(permissions=["clipboard-read", "clipboard-write"]))
    chat.page.goto(server.url)
    chat.ask(SHORT)
    chat.expect_status("succeeded")

    chat.page.keyboard.press("Control+Shift+C")
    expect(chat.answer.locator(".message__foot > copy-button")).to_have_text("Copied")

    assert chat.page.evaluate("navigator.clipboard.readText()") == chat.stored()


def test_arrow_up_in_the_empty_box_edits_the_last_question(chat):
    chat.ask(SHORT)
    chat.expect_status("succeeded")

    chat.box.press("ArrowUp")

    expect(chat.page.get_by_role("textbox", name="Edit this message")).to_have_value(SHORT)


def test_arrow_up_takes_back_the_last_question_that_waits(chat):
    chat.ask(STORY)
    chat.wait_for_words(2)
    chat.box.press("ArrowUp")
    expect(chat.page.locator(".editor")).to_have_count(0)
    for text in ("And then?", "And before?"):
        chat.ask(text)
        expect(chat.page.locator(".queued__text").last).to_have_text(text)

    chat.box.press("ArrowUp")

    expect(chat.box).to_have_value("And before?")
    expect(chat.page.locator(".queued__text")).to_have_text(["And then?"])


def test_keys_can_be_switched_off_for_good_and_on_again(chat, sheet):
    chat.page.get_by_role("button", name="Shortcuts").click()
    sheet.get_by_label("Use these shortcuts").uncheck()
    sheet.get_by_role("button", name="Close").click()
    chat.page.reload()
    leave_the_box(chat.page)
    chat.page.keyboard.press("?")
    chat.page.keyboard.press("Control+/")
    expect(sheet).to_be_hidden()

    chat.page.get_by_role("button", name="Shortcuts").click()
    sheet.get_by_label("Use these shortcuts").check()
    chat.page.keyboard.press("Escape")
    leave_the_box(chat.page)
    chat.page.keyboard.press("?")

    expect(sheet).to_be_visible()


def test_nothing_happens_below_an_open_dialog(chat, sheet):
    chat.page.keyboard.press("Control+/")
    chat.page.keyboard.press("Control+b")
    chat.page.keyboard.press("Control+Shift+O")

    expect(sheet).to_be_visible()
