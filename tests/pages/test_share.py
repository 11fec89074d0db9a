"""Sharing in Chromium: the dialog of the owner, and the page of a reader."""

import pytest
from playwright.sync_api import Page, expect

from .conftest import SHORT, STORY, Chat


@pytest.fixture
def share(chat):
    """Makes a link to the conversation on the page."""

    def share() -> str:
        page = chat.page
        page.get_by_role("link", name="Options for this conversation").click()
        page.get_by_role("menuitem", name="Share…").click()
        page.get_by_role("button", name="Create a link").click()
        link = page.get_by_role("textbox", name="Link").first.input_value()
        page.get_by_role("button", name="Close").click()
        return link

    return share


def words(page: Page) -> str:
    body = page.locator("[data-role=assistant] .message__body").last
    return body.evaluate("body => body.textContent")


def test_a_link_is_made_copied_and_revoked(chat, server, share):
    chat.ask(SHORT)
    chat.expect_status("succeeded")
    link = share()
    chat.page.get_by_role("link", name="Options for this conversation").click()
    chat.page.get_by_role("menuitem", name="Share…").click()
    dialog = chat.page.get_by_role("dialog")
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    dialog.get_by_role("button", name="Copy").click()
    expect(dialog.get_by_role("button", name="Copied")).to_be_visible()
    assert chat.page.evaluate("navigator.clipboard.readText()") == link
    dialog.get_by_role("button", name="Revoke").click()

    expect(dialog).to_contain_text("No link is open.")
    assert chat.page.request.get(link).status == 404


def test_a_reader_hears_the_answer_as_it_comes(chat, server, share, open_browser):
    chat.ask(STORY)
    chat.wait_for_words(3)
    reader = open_browser()
    reader.goto(share())
    reader.wait_for_function(
        """() => document.querySelector('.message__body:not(:empty)') &&
             document.querySelectorAll('.message__body')[1].textContent.split(' ').length > 12"""
    )
    heard = words(reader)

    chat.expect_status("succeeded", seconds=40)
    expect(reader.locator("article.message[data-role=assistant]")).to_have_attribute(
        "data-status", "succeeded", timeout=20_000
    )

    assert words(reader) == chat.words
    assert heard[:20] == words(reader)[:20]
    for absent in ("textbox", "navigation"):
        expect(reader.get_by_role(absent)).to_have_count(0)


def test_a_new_turn_comes_when_the_doorbell_rings(chat, server, share, open_browser):
    chat.ask(SHORT)
    chat.expect_status("succeeded")
    reader = open_browser()
    reader.goto(share())
    first = reader.locator("article.message").first.element_handle()
    chat.ask("And then?")
    expect(chat.page.locator("article.message")).to_have_count(4)

    reader.evaluate("document.dispatchEvent(new CustomEvent('doorbell', { detail: {} }))")

    expect(reader.locator("article.message")).to_have_count(4)
    assert first.evaluate("article => article.isConnected"), "what was there was put anew"


def test_a_revoked_link_ends_what_a_reader_sees(chat, server, share, browser):
    chat.ask(SHORT)
    chat.expect_status("succeeded")
    reader = browser.new_page()  # Chromium writes to the console that the page is gone
    reader.goto(share())
    server.shell("from chatapp.models import Share; Share.objects.all()[0].revoke()")

    with reader.expect_navigation():
        reader.evaluate("document.dispatchEvent(new CustomEvent('doorbell', { detail: {} }))")

    expect(reader.get_by_role("heading", level=1)).to_have_text("This link is not good any more")
    reader.close()


def test_a_reader_continues_in_a_chat_of_their_own(chat, server, share, open_browser):
    chat.ask(SHORT)
    chat.expect_status("succeeded")
    owner = chat.page.url
    reader = open_browser()
    reader.goto(share())

    reader.get_by_role("link", name="Continue in a chat of your own").click()
    reader.get_by_role("button", name="Make a copy").click()

    copy = Chat(reader)
    expect(reader.locator("article.message")).to_have_count(2)
    assert reader.url != owner
    copy.ask("And then?")
    copy.expect_status("succeeded")
    chat.page.reload()
    expect(chat.page.locator("article.message")).to_have_count(2)


def test_without_javascript_a_reader_reads(chat, server, share, open_browser):
    chat.ask(SHORT)
    chat.expect_status("succeeded")
    reader = open_browser(java_script_enabled=False)

    reader.goto(share())

    expect(reader.locator("article.message")).to_have_count(2)


def test_on_a_phone_a_shared_page_is_not_wider_than_the_screen(chat, server, share, open_browser):
    chat.ask("Averyveryverylongword" * 20)
    chat.expect_status("succeeded")
    reader = open_browser(width=390, height=844, has_touch=True, is_mobile=True)

    reader.goto(share())

    assert reader.evaluate("document.documentElement.scrollWidth") <= 390
