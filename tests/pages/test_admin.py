"""The admin, under the strict Content-Security-Policy (the browser fixture checks it)."""

import re

import pytest
from playwright.sync_api import expect

from tests.listening import listen, words

from .conftest import SHORT, Chat


@pytest.fixture
def admin(open_browser, server):
    page = open_browser()
    page.goto(f"{server.url}/admin/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(server.password)
    page.get_by_role("button", name="Log in").click()
    return page


def test_the_admin_works_under_the_strict_policy(admin, server):
    chat = Chat(admin)
    admin.goto(server.url)
    chat.ask("<img src=x onerror=alert(1)> What are you?")
    chat.wait_for_words(3)

    for path in (
        "chatapp/transcript",
        "predictions/prediction",
        "predictions/version",
        "predictions/upstream",
    ):
        admin.goto(f"{server.url}/admin/{path}/")
        admin.locator("#result_list tbody th a").first.click()
        expect(admin).to_have_url(re.compile(path + r"/.+/change/$"))
    admin.goto(f"{server.url}/admin/chatapp/transcript/")
    admin.locator("#result_list tbody th a").first.click()
    expect(admin.locator("#content")).to_contain_text("<img src=x")


def test_stream_page_and_transcript_tell_the_same_words_and_the_engines_admin_none(admin, server):
    chat = Chat(admin)
    admin.goto(server.url)
    chat.ask(SHORT)
    stream = chat.answer.locator("live-answer").get_attribute("data-stream-url")

    heard = "".join(words(list(listen(server.url + stream))))
    chat.expect_status("succeeded")

    assert chat.stored() == heard
    assert " ".join(chat.answer.locator(".message__body").inner_text().split()) == heard
    admin.goto(f"{server.url}/admin/chatapp/transcript/")
    admin.locator("#result_list tbody th a").first.click()
    said = admin.locator(".turn[data-role=assistant] .prose")
    assert " ".join(said.inner_text().split()) == heard
    admin.goto(f"{server.url}/admin/predictions/prediction/")
    admin.locator("#result_list tbody th a").first.click()
    expect(admin.locator(".field-text .readonly")).to_contain_text("Said in the chat")
    expect(admin.locator("#content")).not_to_contain_text(heard)
