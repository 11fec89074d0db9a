"""Branches, the queue and live answers seen from two tabs: neither loses what its visitor does."""

import pytest
from playwright.sync_api import expect

from .conftest import SHORT, STORY, Chat
from .long import fill
from .test_tree import choose, finish, version

SECOND = 1000  # milliseconds


@pytest.fixture
def chat(chat) -> Chat:
    """A chat whose question was answered."""
    chat.ask(SHORT)
    finish(chat, turns=2)
    return chat


@pytest.fixture
def other(chat) -> Chat:
    """The same conversation in another tab."""
    page = chat.page.context.new_page()
    page.goto(chat.page.url)
    return Chat(page)


@pytest.fixture
def middle(open_browser, server) -> list[Chat]:
    """A long conversation in two tabs: in its middle, and at its end."""
    cookie, url, messages = fill(server, 200)
    page = open_browser()
    page.context.add_cookies([cookie])
    page.goto(f"{url}?message={messages[40]}")
    end = page.context.new_page()
    end.goto(url)
    return [Chat(page), Chat(end)]


def turns(chat: Chat):
    return chat.page.locator("article.message")


def editor(chat: Chat):
    return chat.page.get_by_role("textbox", name="Edit this message")


def start_editing(chat: Chat, text: str) -> None:
    chat.page.get_by_role("link", name="Edit this message").first.click()
    editor(chat).fill(text)


# Stop, where the answer that is being written is not on the page


def test_in_the_middle_of_a_conversation_the_answer_at_its_end_can_be_stopped(middle):
    reader, writer = middle
    expect(reader.send).to_be_visible()

    writer.ask(STORY)

    expect(reader.stop).to_be_visible()
    writer.wait_for_words(2)
    reader.stop.click()
    writer.expect_status("canceled", seconds=3)
    expect(reader.send).to_be_visible()


def test_a_tab_that_hears_no_end_and_follows_to_another_version_offers_to_send(chat, other):
    choose(chat, "Regenerate")
    for tab in (chat, other):
        expect(tab.stop).to_be_visible()
    other.page.route("**/live/**", lambda route: route.abort("connectionreset"))
    other.page.route("**/messages/*/", lambda route: route.abort("connectionreset"))

    chat.wait_for_words(1)
    chat.stop.click()
    chat.expect_status("canceled", seconds=3)
    chat.page.get_by_role("button", name="Previous version").click()

    expect(version(other.page)).to_have_accessible_name("Version 1 of 2")
    expect(other.send).to_be_visible()
    expect(other.stop).to_be_hidden()


def test_another_branch_is_not_shown_while_an_answer_is_written(chat):
    first = chat.answer.get_attribute("data-id")
    choose(chat, "Regenerate")
    expect(chat.stop).to_be_visible()

    chat.page.goto(f"{chat.page.url}?message={first}")

    expect(chat.page.get_by_role("alert")).to_contain_text("still being written")
    expect(chat.stop).to_be_visible()
    expect(chat.answer).to_have_attribute("data-running", "")


def test_a_question_in_the_middle_of_a_conversation_is_edited(middle):
    reader, _ = middle
    start_editing(reader, "Hello")

    reader.page.get_by_role("button", name="Save and send").click()

    expect(turns(reader).nth(-2)).to_contain_text("Hello")
    finish(reader, turns=turns(reader).count())


# Forms that are open


def test_a_form_stays_while_another_tab_shows_another_branch(chat, other):
    start_editing(other, "Half a thought")
    choose(other, "Rewind")
    other.page.locator(".rewind label", has_text="language").first.click()

    start_editing(chat, "Hello")
    chat.page.get_by_role("button", name="Save and send").click()
    expect(turns(chat).first).to_contain_text("Hello")
    finish(chat, turns=2)

    expect(editor(other)).to_have_value("Half a thought")
    expect(other.page.locator(".rewind :checked")).to_have_count(1)


def test_what_was_written_meanwhile_is_a_version_of_its_own(chat, other):
    start_editing(other, "What is a brook?")
    start_editing(chat, "Hello")
    chat.page.get_by_role("button", name="Save and send").click()
    chat.wait_for_words(1)

    other.page.get_by_role("button", name="Save and send").click()
    expect(other.page.get_by_role("alert")).to_contain_text("still being written")
    expect(editor(other)).to_have_value("What is a brook?")
    finish(chat, turns=2)
    other.page.get_by_role("button", name="Save and send").click()

    finish(other, turns=2)
    for tab in (chat, other):
        expect(version(tab.page, "user")).to_have_accessible_name("Version 3 of 3")
        expect(turns(tab).first).to_contain_text("What is a brook?")


def test_a_form_that_is_given_up_lets_the_page_go_on(chat, other):
    start_editing(other, "Half a thought")
    start_editing(chat, "Hello")
    chat.page.get_by_role("button", name="Save and send").click()
    expect(turns(chat).first).to_contain_text("Hello")
    finish(chat, turns=2)

    editor(other).press("Escape")

    expect(turns(other)).to_have_count(2)
    expect(turns(other).first).to_contain_text("Hello")


def test_a_reason_that_is_being_written_stays_and_a_verdict_is_in_every_tab(chat, other):
    def verdict(tab: Chat):
        return tab.page.get_by_role("button", name="Good answer")

    chat.answer.get_by_role("button", name="Bad answer").click()
    comment = chat.page.get_by_label("Comment (optional)")
    comment.fill("Too sh")
    expect(other.answer.get_by_role("button", name="Say why")).to_be_visible(timeout=2 * SECOND)
    other.ask("Hello")
    finish(chat, turns=4)
    expect(comment).to_have_value("Too sh")
    expect(comment).to_be_visible()

    chat.page.get_by_role("button", name="Not now").click()
    chat.box.focus()
    verdict(other).first.click()

    expect(verdict(chat).first).to_have_attribute("aria-pressed", "true", timeout=2 * SECOND)


# Both at once


def test_two_tabs_that_regenerate_at_once_get_one_answer(chat, other):
    for tab in (chat, other):
        tab.answer.get_by_role("button", name="More").click()
    for tab in (chat, other):
        tab.answer.locator(".menu__item", has_text="Regenerate").evaluate("item => item.click()")

    for tab in (chat, other):
        expect(tab.page.locator("[data-running]")).to_have_count(1)
    for tab in (chat, other):
        finish(tab, turns=2)
        expect(version(tab.page)).to_have_accessible_name("Version 2 of 2")
    assert chat.stored() == other.stored()


def test_a_conversation_deleted_in_mid_answer_comes_back_whole(browser, server):
    context = browser.new_context()  # whose console may tell what is not found
    chat, other = (Chat(context.new_page()) for _ in range(2))
    chat.page.goto(server.url)
    chat.ask(STORY)
    chat.wait_for_words(1)
    other.page.goto(chat.page.url)
    other.wait_for_words(3)
    asked = []
    other.page.on("request", lambda request: asked.append(request.url))

    chat.page.get_by_role("link", name="Options for this conversation").click()
    chat.page.get_by_role("menuitem", name="Delete").click()
    expect(chat.page).not_to_have_url(other.page.url)

    expect(other.page.get_by_role("alert")).to_contain_text("not here any more", timeout=2 * SECOND)
    expect(other.stop).to_be_hidden(timeout=10 * SECOND)
    expect(other.page.locator("live-answer")).to_have_count(0)
    assert len(turns(other).last.inner_text().split()) >= 3
    assert len(asked) < 20

    chat.page.get_by_role("button", name="Undo").click()
    expect(other.page.locator("[data-sentence]")).to_have_text("", timeout=2 * SECOND)
    other.expect_status("canceled")
    words = other.stored()
    assert len(words.split()) >= 3
    other.page.reload()
    expect(turns(other)).to_have_count(2)
    assert other.stored() == words
    context.close()


def test_a_fork_is_named_in_the_other_tab_until_it_is_deleted(chat, other):
    choose(chat, "Fork")
    expect(chat.page.get_by_text("Forked from")).to_be_visible()

    expect(other.page.get_by_text("Forked here:")).to_be_visible(timeout=SECOND)
    chat.page.get_by_role("link", name="Options for this conversation").click()
    chat.page.get_by_role("menuitem", name="Delete").click()
    expect(other.page.get_by_text("Forked here:")).to_be_hidden(timeout=2 * SECOND)
