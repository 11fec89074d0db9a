"""The library in Chromium: list, menu, rename, search, undo, temporary chats."""

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import SHORT, STORY, Chat


@pytest.fixture
def list_(page):
    return page.locator("#sidebar")


def row(page: Page, title: str):
    return page.locator(".sidebar__item", has=page.get_by_role("link", name=title, exact=True))


def talk(chat: Chat, server, text: str) -> str:
    """A conversation with one answered turn; its address."""
    chat.page.goto(server.url)
    chat.ask(text)
    chat.expect_status("succeeded")
    return chat.page.url


def choose(page: Page, title: str, item: str) -> None:
    page.get_by_role("link", name=f"Options for {title}").click()
    page.get_by_role("menuitem", name=item, exact=True).click()


def test_a_conversation_is_renamed_where_it_stands(chat, server):
    talk(chat, server, "Who are you?")
    choose(chat.page, "Who are you?", "Rename")
    field = chat.page.get_by_role("textbox", name="Title")
    expect(field).to_be_focused()

    field.fill("An introduction")
    field.press("Enter")

    expect(chat.page.locator("#sidebar .sidebar__link")).to_have_text("An introduction")
    expect(chat.page.get_by_role("heading", level=1)).to_have_text("An introduction")
    expect(chat.page).to_have_title("An introduction · Rivulet")
    chat.page.reload()
    expect(chat.page.get_by_role("heading", level=1)).to_have_text("An introduction")


def test_escape_leaves_the_title_and_gives_the_focus_back(chat, server):
    talk(chat, server, "Who are you?")
    chat.page.get_by_role("link", name="Options for this conversation").click()
    chat.page.get_by_role("menuitem", name="Rename").click()
    field = chat.page.get_by_role("textbox", name="Title")

    field.fill("Something else")
    field.press("Escape")

    expect(field).to_have_count(0)
    expect(chat.page.get_by_role("heading", level=1)).to_have_text("Who are you?")
    expect(chat.page.get_by_role("link", name="Options for this conversation")).to_be_focused()


def test_the_menu_is_used_by_keyboard(chat, server):
    talk(chat, server, SHORT)
    chat.page.get_by_role("link", name="Options for this conversation").focus()

    chat.page.keyboard.press("Enter")
    expect(chat.page.get_by_role("menuitem", name="Rename")).to_be_focused()
    chat.page.keyboard.press("ArrowDown")
    expect(chat.page.get_by_role("menuitem", name="Pin", exact=True)).to_be_focused()
    chat.page.keyboard.press("ArrowUp")
    chat.page.keyboard.press("ArrowUp")
    expect(chat.page.get_by_role("menuitem", name="Delete")).to_be_focused()
    chat.page.keyboard.press("Escape")

    expect(chat.page.get_by_role("menu")).to_be_hidden()
    expect(chat.page.get_by_role("link", name="Options for this conversation")).to_be_focused()


def test_pin_archive_and_back(chat, server, list_):
    talk(chat, server, SHORT)

    choose(chat.page, SHORT, "Pin")
    expect(list_.get_by_role("heading", name="Pinned")).to_be_visible()
    choose(chat.page, SHORT, "Unpin")
    expect(list_.get_by_role("heading", name="Pinned")).to_have_count(0)
    choose(chat.page, SHORT, "Archive")
    expect(list_.get_by_role("link", name=SHORT, exact=True)).to_have_count(0)
    expect(chat.page.locator(".bar__mark--archived")).to_be_visible()

    chat.page.get_by_role("link", name="Archived", exact=True).click()
    choose(chat.page, SHORT, "Unarchive")
    expect(list_.get_by_role("link", name=SHORT, exact=True)).to_be_visible()
    expect(chat.page.get_by_text("Nothing is archived")).to_be_visible()


def test_a_conversation_deleted_from_the_list_can_be_had_back(chat, server, list_):
    talk(chat, server, "Who are you?")
    here = talk(chat, server, SHORT)

    choose(chat.page, "Who are you?", "Delete")
    expect(list_.get_by_role("link", name="Who are you?", exact=True)).to_have_count(0)
    chat.page.get_by_role("button", name="Undo").click()

    expect(list_.get_by_role("link", name="Who are you?", exact=True)).to_be_visible()
    assert chat.page.url == here


def test_deleting_the_conversation_on_the_page_offers_undo_on_the_next(chat, server):
    url = talk(chat, server, SHORT)
    chat.page.get_by_role("link", name="Options for this conversation").click()
    chat.page.get_by_role("menuitem", name="Delete").click()

    expect(chat.page).to_have_url(re.compile(r"\d/$"))
    assert chat.page.request.get(url).status == 404
    chat.page.get_by_role("button", name="Undo").click()

    expect(chat.page).to_have_url(url)
    chat.expect_status("succeeded")


def test_deleting_in_mid_answer_stops_it_and_nothing_asks_for_it_any_more(chat, server):
    chat.ask(STORY)
    chat.wait_for_words(3)
    url = chat.page.url

    chat.page.get_by_role("link", name="Options for this conversation").click()
    chat.page.get_by_role("menuitem", name="Delete").click()
    expect(chat.page).to_have_url(re.compile(r"\d/$"))
    chat.page.get_by_role("button", name="Undo").click()

    expect(chat.page).to_have_url(url)
    chat.expect_status("canceled")
    assert "Traceback" not in server.output()


def test_the_list_stands_where_it_stood_on_the_page_before(chat, server, list_):
    chat.page.set_viewport_size({"width": 1280, "height": 340})
    for title in ("Who are you?", "What are you?", "Where are you?", "How are you?"):
        talk(chat, server, title)
    shelf = list_.locator("[data-conversations]")
    scrolled = shelf.evaluate("each => { each.scrollTop = 40; return each.scrollTop; }")

    list_.get_by_role("link", name="What are you?", exact=True).evaluate("each => each.click()")
    expect(chat.page.get_by_role("heading", level=1)).to_have_text("What are you?")

    assert shelf.evaluate("each => each.scrollTop") == scrolled > 0


def test_whoever_deletes_a_conversation_is_not_told_that_it_is_gone(chat, server):
    talk(chat, server, SHORT)
    said = []
    chat.page.on("console", lambda message: said.append(message.text))
    chat.page.evaluate(
        """() => new MutationObserver(() => console.log("Gone?")).observe(
             document.querySelector("[data-sentence]"), { childList: true })"""
    )

    chat.page.get_by_role("link", name="Options for this conversation").click()
    chat.page.get_by_role("menuitem", name="Delete").click()
    expect(chat.page.get_by_role("button", name="Undo")).to_be_visible()

    assert said == []


def test_one_searches_while_typing(chat, server, list_):
    talk(chat, server, "Who are you, volcano?")
    talk(chat, server, SHORT)
    box = chat.page.get_by_role("searchbox", name="Search your conversations")

    box.press_sequentially("volc")
    expect(list_.locator(".result mark").first).to_have_text("volcano")
    box.press("ArrowDown")
    expect(list_.locator(".result").first).to_be_focused()
    chat.page.keyboard.press("ArrowUp")
    expect(box).to_be_focused()
    box.press("Escape")

    expect(box).to_have_value("")
    expect(list_.get_by_role("link", name=SHORT, exact=True)).to_be_visible()
    expect(list_.locator(".result")).to_have_count(0)


def test_a_result_leads_to_the_message(chat, server, list_):
    url = talk(chat, server, "Who are you, volcano?")
    chat.page.get_by_role("searchbox", name="Search your conversations").fill("volcano")

    list_.locator(".result", has=chat.page.locator(".result__text")).last.click()

    expect(chat.page).to_have_url(re.compile(re.escape(url) + r"\?message=[0-9a-f-]{36}"))


def test_nothing_found_is_said(chat, server, list_):
    chat.page.get_by_role("searchbox", name="Search your conversations").fill("xyzzy")

    expect(list_).to_contain_text("Nothing found for “xyzzy”.")


def test_a_search_says_when_the_server_is_away(open_browser, server):
    page = open_browser()
    page.goto(server.url)
    page.context.set_offline(True)

    page.get_by_role("searchbox", name="Search your conversations").fill("river")

    expect(page.locator("#sidebar")).to_contain_text("cannot be reached")


def test_the_list_follows_the_doorbell_and_keeps_focus_and_place(chat, server, list_):
    talk(chat, server, "Who are you?")
    here = list_.locator(".sidebar__link").first
    here.focus()
    chat.page.evaluate(
        """async () => {
          const token = document.cookie.match(/csrftoken=([^;]+)/)[1];
          const body = new URLSearchParams({ title: "From elsewhere" });
          const headers = { Accept: "application/json", "X-CSRFToken": token };
          await fetch(`${location.pathname}rename/`, { method: "POST", body, headers });
          document.dispatchEvent(new CustomEvent("doorbell", { detail: { conversation: "" } }));
        }"""
    )

    expect(list_.locator(".sidebar__link").first).to_have_text("From elsewhere")
    expect(list_.locator(".sidebar__link").first).to_be_focused()
    expect(chat.page.get_by_role("heading", level=1)).to_have_text("From elsewhere")


def test_a_running_answer_has_a_dot_in_the_list(chat, server, list_):
    chat.ask(SHORT)
    expect(list_.get_by_role("img", name="Answering")).to_be_visible()

    chat.expect_status("succeeded")

    expect(list_.get_by_role("img", name="Answering")).to_have_count(0)


FILL = """
from chatapp.models import Conversation, Message
mine = Conversation.objects.order_by("-created_at").first()
Conversation.objects.bulk_create(
    Conversation(visitor=mine.visitor, title=f"Number {n}") for n in range(450)
)
"""


def test_more_than_two_hundred_load_as_one_scrolls(chat, server, list_):
    talk(chat, server, SHORT)
    server.shell(FILL)
    chat.page.reload()
    links = list_.locator(".sidebar__link")
    expect(links).to_have_count(200)

    for count in (400, 451):
        list_.locator(".sidebar__link").last.scroll_into_view_if_needed()
        expect(links).to_have_count(count)
    expect(list_.get_by_role("link", name="Show more")).to_have_count(0)


def test_on_a_phone_the_drawer_stays_open_for_the_menu(open_browser, server):
    page = open_browser(width=390, height=844, has_touch=True, is_mobile=True)
    chat = Chat(page)
    talk(chat, server, "Who are you?")
    page.get_by_role("button", name="Conversations").tap()
    page.get_by_role("link", name="Options for Who are you?").tap()
    menu = page.get_by_role("menu")
    box = menu.bounding_box()

    page.get_by_role("menuitem", name="Rename").tap()
    page.get_by_role("textbox", name="Title").fill("Renamed by hand")
    page.keyboard.press("Enter")

    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    expect(page.locator("#sidebar .sidebar__link")).to_have_text("Renamed by hand")
    expect(page.locator("#sidebar .sidebar__link")).to_be_visible()


def test_a_menu_stays_in_view_when_a_window_becomes_smaller(chat, server):
    talk(chat, server, SHORT)
    chat.page.get_by_role("link", name="Options for this conversation").click()

    chat.page.set_viewport_size({"width": 390, "height": 420})

    for item in chat.page.get_by_role("menuitem").all():
        expect(item).to_be_in_viewport(ratio=1)


def test_a_temporary_chat_is_kept_when_asked(chat, server, list_):
    chat.page.get_by_role("link", name="Make this a temporary chat").click()
    chat.ask(SHORT)
    chat.expect_status("succeeded")
    expect(list_.get_by_role("link", name=SHORT, exact=True)).to_have_count(0)
    chat.page.get_by_role("link", name="Options for this conversation").click()
    expect(chat.page.get_by_role("menuitem", name="Share…")).to_be_hidden()
    chat.page.keyboard.press("Escape")

    chat.page.get_by_role("button", name="Keep this conversation").click()

    expect(list_.get_by_role("link", name=SHORT, exact=True)).to_be_visible()
    expect(chat.page.get_by_text("Temporary", exact=True)).to_have_count(0)


def test_the_export_is_a_download(chat, server):
    talk(chat, server, "Who are you?")
    chat.page.get_by_role("link", name="Options for this conversation").click()

    with chat.page.expect_download() as download:
        chat.page.get_by_role("menuitem", name="Export as Markdown").click()

    assert download.value.suggested_filename == "Who-are-you.md"
    text = download.value.path().read_text()
    assert "## You" in text
    assert chat.stored() in text
    assert "Warning" not in server.output()


def test_without_javascript_everything_is_a_form(open_browser, server):
    page = open_browser(java_script_enabled=False)
    page.goto(server.url)
    page.get_by_role("textbox", name="Message").fill(SHORT)
    page.get_by_role("button", name="Send").click()
    page.get_by_role("link", name="Options for this conversation").click()
    page.get_by_label("Title").fill("By form")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("By form")

    page.get_by_role("searchbox", name="Search your conversations").fill("what are")
    page.keyboard.press("Enter")
    expect(page.locator(".result mark").first).to_have_text("What")
    page.go_back()
    page.get_by_role("link", name="Options for this conversation").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Undo").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("By form")
