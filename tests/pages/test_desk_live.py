"""Watching in Chromium: a reviewer sees an answer grow that a visitor asked for, and stops it."""

import re

import pytest
from playwright.sync_api import expect

from tests.servers import ScriptedServer
from tests.servers.speech import speech

from .axe import expect_nothing_hinders
from .conftest import STORY, Chat
from .test_hostile_words import CORPUS, FORBIDDEN, GUARD, pieces

LIVE = "/admin/chatapp/transcript/live/"


@pytest.fixture
def log_in(open_browser):
    """Opens a page of the desk as the admin of that server."""

    def log_in(server, path: str, **options):
        page = open_browser(**options)
        page.goto(server.url + path)
        page.get_by_label("Username").fill("admin")
        page.get_by_label("Password").fill(server.password)
        page.get_by_role("button", name="Log in").click()
        return page

    return log_in


def count(page) -> int:
    return len(page.locator(".message__body").last.inner_text().split())


def wait_for_words(page, least: int) -> None:
    words = "document.querySelector('.message__body')?.textContent.split(/\\s+/)"
    page.wait_for_function(f"least => {words}?.length > least", arg=least)


def test_a_reviewer_watches_an_answer_grow_and_stops_it(chat, server, log_in):
    desk = log_in(server, LIVE)
    expect(desk.get_by_text("Nothing is being written at the moment.")).to_be_visible()

    chat.ask(STORY)
    desk.get_by_role("link", name=STORY).click()  # it came by itself
    wait_for_words(desk, 3)
    heard = count(desk)
    wait_for_words(desk, heard + 5)
    desk.get_by_role("button", name="Stop").click()

    chat.expect_status("canceled")
    expect(chat.page.locator(".message__end")).to_contain_text("Stopped.")
    answer = desk.locator("article.message")
    expect(answer).to_have_attribute("data-status", "canceled")
    expect(answer).to_contain_text("Stopped.")
    expect(desk.get_by_role("button", name="Stop")).to_have_count(0)
    assert answer.locator(".message__body").inner_text().split() == chat.stored().split()
    expect(answer.get_by_role("link", name="Replay")).to_be_visible()
    expect(answer.get_by_role("link", name="Transcript")).to_be_visible()


def test_the_list_keeps_up_and_keeps_the_focus(chat, server, log_in):
    chat.ask(STORY)
    desk = log_in(server, LIVE)
    row = desk.locator("[data-id]")
    stop = row.get_by_role("button", name=f"Stop {STORY}")
    stop.focus()
    words = row.locator(".number").first
    expect(words).to_have_text(re.compile(r"\d+"))
    before = int(words.inner_text())

    desk.wait_for_function(
        "before => Number(document.querySelector('td.number').textContent) > before",
        arg=before,
    )

    expect(stop).to_be_focused()
    desk.keyboard.press("Enter")
    chat.expect_status("canceled")
    expect(desk.locator("[data-id]")).to_have_count(0)


def test_without_javascript_the_words_so_far_are_there(chat, server, log_in):
    chat.ask(STORY)
    chat.wait_for_words(5)
    desk = log_in(server, LIVE, java_script_enabled=False)

    desk.get_by_role("link", name=STORY).click()

    assert count(desk) >= 5
    expect(desk.get_by_role("link", name="Look again")).to_be_visible()
    desk.get_by_role("button", name="Stop").click()
    expect(desk.get_by_text("It is being stopped.")).to_be_visible()
    chat.expect_status("canceled")


def test_a_lost_connection_is_said_and_comes_back(chat, server, log_in):
    chat.ask(STORY)
    desk = log_in(server, LIVE)
    desk.get_by_role("link", name=STORY).click()
    wait_for_words(desk, 3)

    desk.route("**/live/**", lambda route: route.abort("connectionrefused"))
    server.pause()  # what was open says nothing more
    desk.evaluate("dispatchEvent(new Event('online'))")
    server.revive()
    expect(desk.locator("[data-meter]")).to_have_text("Connection lost, reconnecting")
    desk.unroute("**/live/**")

    expect(desk.locator("article.message")).to_have_attribute(
        "data-status", "succeeded", timeout=40_000
    )


def test_nothing_hinders_anybody(chat, server, log_in):
    chat.ask(STORY)
    desk = log_in(server, LIVE)
    expect(desk.locator("[data-id]")).to_have_count(1)
    expect_nothing_hinders(desk)
    desk.get_by_role("link", name=STORY).click()
    wait_for_words(desk, 3)
    expect_nothing_hinders(desk)
    desk.goto(f"{server.url}/admin/chatapp/transcript/inbox/")
    expect(desk.get_by_role("heading", name="Inbox")).to_be_visible()
    expect_nothing_hinders(desk)


def test_hostile_words_run_nothing_live_and_played_again(page, make_server, log_in):
    with ScriptedServer(speech(pieces(CORPUS))) as model:
        server = make_server()
        server.manage("upstream", "add", "openai", f"{model.at('drip', 4)}/v1", "--name", "box")
        page.goto(server.url)
        page.select_option("#model", "box/speaker")
        desk = log_in(server, LIVE)
        foreign: list[str] = []
        desk.context.on("request", lambda request: foreign.append(request.url))
        desk.add_init_script(f"({GUARD})()")
        Chat(page).ask("<img src=x onerror=alert(1)>")

        desk.get_by_role("link", name="<img").click()
        expect(desk.locator("article.message")).to_have_attribute(
            "data-status", "succeeded", timeout=40_000
        )
        assert_unbroken(desk, ".message__body", server, foreign)
        desk.get_by_role("link", name="Replay", exact=True).click()
        desk.get_by_role("slider", name="Time").fill("1500")
        assert_unbroken(desk, "[data-words]", server, foreign)
        desk.get_by_role("slider", name="Time").press("End")
        expect(desk.locator("[data-rendered]")).to_be_visible()
        assert_unbroken(desk, "[data-rendered]", server, foreign)


def assert_unbroken(desk, body: str, server, foreign: list[str]) -> None:
    assert [url for url in foreign if not url.startswith((server.url, "data:"))] == []
    assert desk.evaluate("window.broken") == []
    assert "hacked" not in desk.title()
    for forbidden in FORBIDDEN:
        expect(desk.locator(body).locator(forbidden)).to_have_count(0)
