"""Logging in while an answer is being written, and the end of a day's messages, on the page."""

import re

import pytest
from playwright.sync_api import expect

from tests.conftest import copy_of

from .conftest import SHORT, STORY, Chat

NAME, PASSWORD = "ann", "river-stone-9"


@pytest.fixture(scope="module")
def server(first_run, tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("accounts") / "data"
    settings = {"DEMO_WORDS_PER_SECOND": "20", "CHAT_DAILY_MESSAGES_ANONYMOUS": "3"}
    running = copy_of(first_run, data_dir, settings)
    running.start()
    running.shell(
        f"from django.contrib.auth.models import User; User.objects.create_user({NAME!r}, "
        f"password={PASSWORD!r})"
    )
    yield running
    running.kill()


def log_in(page, server) -> None:
    page.goto(f"{server.url}/login/")
    page.get_by_label("Username").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.locator(".sidebar__user")).to_have_text(NAME)


def test_an_answer_goes_on_while_its_visitor_logs_in_in_another_tab(chat, server):
    chat.ask(STORY)
    chat.wait_for_words(5)

    other = chat.page.context.new_page()
    log_in(other, server)
    expect(other.get_by_role("link", name=STORY).first).to_be_visible()

    chat.expect_status("succeeded", seconds=30)
    assert chat.words.split()[:50] == chat.stored().split()[:50]
    chat.ask(SHORT)
    expect(chat.page.locator("article[data-role=assistant]")).to_have_count(2)
    chat.expect_status("succeeded", seconds=30)
    chat.page.reload()
    expect(chat.page.locator("article[data-role=assistant]")).to_have_count(2)
    expect(chat.page.locator(".sidebar__user")).to_have_text(NAME)


def test_at_the_end_of_the_day_the_text_stays_and_the_time_is_the_visitors(open_browser, server):
    page = open_browser(timezone_id="Asia/Tokyo", locale="en-GB")
    page.goto(server.url)
    chat = Chat(page)
    for left in ("2 messages left for now.", "1 message left for now.", "0 messages left for now."):
        chat.ask("Hi")
        expect(page.locator("[data-left]")).to_have_text(left)
        chat.expect_status("succeeded")
    day = page.evaluate(
        "new Date(Date.now() + 864e5).toLocaleString('en-GB', { weekday: 'short' })"
    )

    chat.ask("One thought more")

    sentence = page.locator("[data-sentence]")
    opens = rf"You can write again at {day} \d\d:\d\d, or log in\."
    expect(sentence).to_have_text(re.compile(rf"You have sent 3 messages in a day\. {opens}"))
    expect(chat.box).to_have_value("One thought more")
    expect(page.get_by_role("main").get_by_role("link", name="Log in")).to_be_visible()
    assert "UTC" not in sentence.inner_text()
    log_in(page, server)
    expect(page.locator("[data-left]")).to_be_hidden()


def test_a_language_is_chosen_without_a_script(open_browser, server):
    page = open_browser(java_script_enabled=False)
    page.goto(f"{server.url}/models/")

    page.get_by_role("button", name="简体中文").click()

    expect(page).to_have_url(f"{server.url}/models/")
    expect(page.locator("h1")).to_have_text("流式输出的模型")
    page.goto(server.url)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("textbox", name="Message")).to_be_visible()


def test_the_scripts_speak_chinese_too(open_browser, server):
    page = open_browser(locale="zh-CN")
    page.goto(f"{server.url}/models/rivulet/demo/")

    expect(page.locator("code-block .copy").first).to_have_text("复制")
