"""A browser that runs no scripts: forms, and an answer that streams into the page as HTML."""

import re
import time

import httpx
import pytest
from playwright.sync_api import expect

from .conftest import SHORT, Chat

SHOW = "Show me a table and a little Python, in Markdown"


@pytest.fixture
def plain_chat(open_browser, server) -> Chat:
    page = open_browser(java_script_enabled=False)
    page.goto(server.url)
    return Chat(page)


def ask(chat: Chat, text: str) -> None:
    chat.box.fill(text)
    chat.send.click(no_wait_after=True)


def test_the_answer_streams_into_the_page(plain_chat):
    ask(plain_chat, SHOW)

    body = plain_chat.answer.locator(".message__body")
    expect(body.locator("p.so-far").last).not_to_be_empty()
    early = body.inner_text()
    expect(body.locator("table")).to_be_visible(timeout=20_000)
    expect(plain_chat.answer.locator(".message__foot")).to_be_attached(timeout=30_000)
    assert len(early.split()) < len(body.inner_text().split()) / 2
    assert "```" not in body.inner_text(), "the words of a finished block are still there"


def test_what_has_streamed_is_what_a_reload_shows(plain_chat):
    ask(plain_chat, SHOW)
    expect(plain_chat.answer.locator(".message__foot")).to_be_attached(timeout=30_000)
    streamed = plain_chat.answer.locator(".message__body").inner_text()

    plain_chat.page.reload()

    assert plain_chat.answer.locator(".message__body").inner_text().split() == streamed.split()


def test_it_can_be_stopped_and_asked_on(plain_chat):
    ask(plain_chat, "Tell me a long story")
    expect(plain_chat.answer.locator("p.so-far").last).not_to_be_empty()

    plain_chat.stop.first.click()
    plain_chat.expect_status("canceled")
    ask(plain_chat, "What are you?")

    expect(plain_chat.page.locator("article.message")).to_have_count(4)
    expect(plain_chat.page.locator("p.so-far").last).not_to_be_empty()


def test_a_page_that_is_opened_in_mid_answer_streams_the_rest(plain_chat):
    ask(plain_chat, "Tell me a long story")
    expect(plain_chat.answer.locator("p.so-far").last).not_to_be_empty()
    address = plain_chat.page.url.removesuffix("live/")

    plain_chat.page.goto(address, wait_until="commit")

    expect(plain_chat.answer.locator("p.so-far").last).not_to_be_empty()
    assert plain_chat.page.url.endswith("/live/")


def test_the_words_arrive_one_by_one(server):
    with httpx.Client(base_url=server.url, follow_redirects=True) as client:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get("/").text)[1]
        form = {"text": "What are you?", "csrfmiddlewaretoken": token}
        headers = {"Referer": server.url}
        arrivals = []
        with client.stream("POST", "/ask/", data=form, headers=headers) as response:
            for piece in response.iter_text():
                arrivals.append((time.monotonic(), piece))

    words = [(at, piece) for at, piece in arrivals if re.fullmatch(r"[^<>]+", piece)]
    assert len(words) > 15
    assert words[-1][0] - words[0][0] > 0.5, "the words came in one lump"
    assert "</html>" in arrivals[-1][1]


def test_at_the_end_the_page_reads_as_done(plain_chat):
    ask(plain_chat, "What are you?")
    expect(plain_chat.page.get_by_role("button", name="Stop")).to_have_count(1)

    expect(plain_chat.answer.locator(".meter")).to_contain_text("words in", timeout=30_000)

    expect(plain_chat.page.get_by_role("button", name="Stop")).to_have_count(0)
    expect(plain_chat.send).to_have_count(1)
    plain_chat.answer.get_by_role("button", name="More").click()
    plain_chat.page.get_by_role("button", name="Regenerate").click(no_wait_after=True)
    expect(plain_chat.page.get_by_text("2 / 2")).to_be_attached()


def test_what_is_sent_in_mid_answer_waits_and_can_be_sent_now(plain_chat):
    ask(plain_chat, "Tell me a long story")
    expect(plain_chat.answer.locator("p.so-far").last).not_to_be_empty()

    ask(plain_chat, "Rather this")
    expect(plain_chat.page.locator(".queued__text")).to_have_text("Rather this")
    expect(plain_chat.answer.locator("p.so-far").last).not_to_be_empty()
    plain_chat.page.get_by_role("button", name="Send now").click(no_wait_after=True)

    expect(plain_chat.page.locator("article.message")).to_have_count(4)
    expect(plain_chat.page.locator(".queued__text")).to_be_hidden()
    expect(plain_chat.answer.locator(".message__body")).not_to_be_empty()


def test_what_waits_goes_back_into_the_box_and_stays_there(plain_chat):
    ask(plain_chat, "Tell me a long story")
    expect(plain_chat.answer.locator("p.so-far").last).not_to_be_empty()
    ask(plain_chat, "Half a thought")

    plain_chat.page.get_by_role("button", name="Edit", exact=True).click(no_wait_after=True)

    expect(plain_chat.page).to_have_url(re.compile("/edit/$"))
    plain_chat.page.wait_for_load_state()
    plain_chat.page.wait_for_timeout(500)
    expect(plain_chat.box).to_have_value("Half a thought")
    plain_chat.stop.first.click()


def test_what_waited_streams_in_its_turn(plain_chat):
    ask(plain_chat, SHORT)
    expect(plain_chat.answer.locator("p.so-far").last).not_to_be_empty()
    ask(plain_chat, "Tell me a long story")

    expect(plain_chat.page.locator("article.message")).to_have_count(4, timeout=20_000)
    expect(plain_chat.answer.locator("p.so-far").last).not_to_be_empty()
    expect(plain_chat.page.locator(".queued__text")).to_be_hidden()
    plain_chat.stop.first.click()


def test_an_answer_that_is_stopped_elsewhere_ends_calmly(plain_chat, server):
    ask(plain_chat, "Tell me a long story")
    expect(plain_chat.answer.locator("p.so-far").last).not_to_be_empty()
    other = plain_chat.page.context.new_page()
    other.goto(plain_chat.page.url, wait_until="commit")

    other.get_by_role("button", name="Stop").first.click()

    ending = plain_chat.answer.locator(".message__end")
    expect(ending).to_have_attribute("data-status", "canceled")
    expect(ending.get_by_role("button", name="Retry")).to_be_visible()
    expect(plain_chat.page.get_by_role("button", name="Stop")).to_have_count(0)
