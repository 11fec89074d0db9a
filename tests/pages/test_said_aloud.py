"""What a screen reader is told by itself: start, done and errors, whoever began; no words."""

import pytest
from playwright.sync_api import Page, expect

from .conftest import SHORT, STORY, Chat

LIVE = "[role=status], [role=alert], [role=log], [aria-live]:not([aria-live=off])"
# Each text that such a region ever had, also one that was put on the page later.
HEAR = """(() => {
  window.said = [];
  const tell = (node) => {
    const region = (node.nodeType === 1 ? node : node.parentElement)?.closest("LIVE");
    const text = region?.textContent.trim().replace(/\\s+/g, " ");
    if (text && text !== said.at(-1)) said.push(text);
  };
  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes)
      for (const node of [target, ...addedNodes])
        for (const each of [node, ...(node.querySelectorAll?.("LIVE") ?? [])]) tell(each);
  }).observe(document, { subtree: true, childList: true, characterData: true });
})()""".replace("LIVE", LIVE)


@pytest.fixture(scope="module")
def failing(server, openai_server):
    server.manage("upstream", "add", "openai", openai_server.url, "--name", "box")
    return server


@pytest.fixture
def page(open_browser) -> Page:
    page = open_browser()
    page.context.add_init_script(HEAR)
    return page


def said(chat: Chat) -> list[str]:
    return chat.page.evaluate("said")


def expect_no_words_aloud(chat: Chat) -> None:
    assert chat.page.locator(f"article :is({LIVE}), :is({LIVE}) article").count() == 0


def done(chat: Chat) -> str:
    return f"Done, {len(chat.words.split())} words"


def test_the_beginning_and_the_end(chat):
    chat.ask(SHORT)
    chat.wait_for_words(3)
    expect_no_words_aloud(chat)
    chat.expect_status("succeeded")

    assert said(chat) == ["Answering", done(chat)]


def test_a_stop(chat):
    chat.ask(STORY)
    chat.wait_for_words(3)
    chat.stop.click()
    chat.expect_status("canceled")

    assert said(chat) == ["Answering", "Stopped."]


def test_a_failure(failing, chat):
    chat.page.reload()
    chat.choose_model("box/cut")
    chat.ask("Talk")
    chat.expect_status("failed")

    assert said(chat) == ["Answering", chat.answer.locator(".message__end p").inner_text()]
    assert "cut off" in said(chat)[-1]


def test_a_turn_of_another_tab(chat):
    chat.ask(SHORT)
    chat.expect_status("succeeded")
    other = Chat(chat.page.context.new_page())
    other.page.goto(chat.page.url)
    other.expect_status("succeeded")

    chat.ask(STORY)
    other.wait_for_words(3)
    expect_no_words_aloud(other)
    chat.stop.click()
    other.expect_status("canceled")

    assert said(other) == ["Answering", "Stopped."]


def test_what_comes_while_one_reads_what_was_there_before(chat):
    chat.ask(STORY)
    chat.wait_for_words(3)

    chat.page.reload()
    chat.wait_for_words(6)
    chat.stop.click()
    chat.expect_status("canceled")

    assert said(chat) == ["Answering", "Stopped."]


def test_a_message_that_was_not_taken(chat):
    chat.page.context.set_offline(True)
    chat.ask(SHORT)
    expect(chat.page.locator("[data-sentence]")).to_contain_text("cannot be reached")

    assert said(chat) == [chat.page.locator("[data-sentence]").inner_text()]


def test_who_follows_a_shared_conversation(chat, open_browser):
    chat.ask(STORY)
    chat.wait_for_words(3)
    chat.page.get_by_role("link", name="Options for this conversation").click()
    chat.page.get_by_role("menuitem", name="Share…").click()
    chat.page.get_by_role("button", name="Create a link").click()
    reader = Chat(open_browser())
    reader.page.context.add_init_script(HEAR)
    reader.page.goto(chat.page.get_by_role("textbox", name="Link").input_value())
    reader.wait_for_words(3)
    expect_no_words_aloud(reader)

    chat.page.get_by_role("button", name="Close").click()
    chat.stop.click()
    reader.expect_status("canceled")

    assert said(reader) == ["Answering", "Stopped."]
