"""A reviewer's day, with the permissions of the role and no others: search, open, flag, comment,
replay, export. With SCREENSHOTS=folder each place is kept as a picture.
"""

import json
import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .conftest import STORY, Chat

RITA = """
from django.contrib.auth.models import Group, User
rita = User.objects.create_user("rita", password="stones-and-water", is_staff=True)
rita.groups.add(Group.objects.get(name="Reviewer"))
"""


@pytest.fixture
def stopped(open_browser, server) -> Chat:
    """A visitor's chat, stopped half-way and judged."""
    page = open_browser()
    page.goto(server.url)
    chat = Chat(page)
    chat.ask(f"{STORY}, and a heron")
    chat.wait_for_words(8)
    chat.stop.click()
    chat.expect_status("canceled")
    return chat


@pytest.fixture
def rita(open_browser, server) -> Page:
    server.shell(RITA)
    page = open_browser(accept_downloads=True)
    page.goto(f"{server.url}/admin/")
    page.get_by_label("Username").fill("rita")
    page.get_by_label("Password").fill("stones-and-water")
    page.get_by_role("button", name="Log in").click()
    return page


def keep(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def tab(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Review desk").get_by_role("link", name=name).click()


def test_a_reviewers_day(rita, stopped):
    said = " ".join(stopped.words.split()[:6])
    rita.goto(f"{rita.url}chatapp/transcript/")
    expect(rita.locator("#result_list tbody tr").first).to_contain_text("heron")
    keep(rita, "1-list")

    rita.get_by_role("textbox", name="Search").fill("heron")
    rita.get_by_role("button", name="Search").click()
    keep(rita, "2-found")
    rita.locator(".desk-hit").filter(has=rita.locator("mark")).last.click()
    turn = rita.locator(".turn[data-role=assistant]").last
    expect(turn).to_contain_text(said)
    expect(turn.locator(".turn__head")).to_contain_text("Stopped")
    expect(rita.get_by_role("link", name="Delete this transcript")).to_have_count(0)
    expect(rita.get_by_role("link", name="Redact")).to_have_count(0)

    turn.locator(".tools summary").click()
    turn.get_by_label("Why should somebody look?").fill("Too long")
    turn.get_by_role("button", name="Flag").click()
    expect(turn.locator(".flags")).to_contain_text("Too long")
    turn.get_by_label("Comment", exact=True).fill("The visitor lost patience here.")
    turn.get_by_role("button", name="Comment", exact=True).click()
    expect(turn.locator(".comment")).to_contain_text("lost patience")
    keep(rita, "3-transcript")

    turn.get_by_role("link", name="Replay").click()
    rita.get_by_role("radio", name="8").check()
    rita.get_by_role("button", name="Play").click()
    expect(rita.locator("[data-words]")).to_contain_text(said, timeout=15_000)
    keep(rita, "4-replay")

    tab(rita, "Inbox")
    expect(rita.get_by_text("Too long")).to_be_visible()
    keep(rita, "5-inbox")
    rita.get_by_role("button", name="Done").last.click()
    expect(rita.get_by_text("Too long")).to_have_count(0)

    tab(rita, "Transcripts")
    rita.get_by_role("link", name="Export these").click()
    rita.get_by_label("JSON Lines A conversation").check()
    with rita.expect_download() as download:
        rita.get_by_role("button", name="Download").click()
    expect(rita.get_by_role("status")).to_contain_text("Done")
    keep(rita, "6-export")
    lines = [json.loads(line) for line in download.value.path().read_text().splitlines()]
    assert any("heron" in line["messages"][0]["text"] for line in lines)

    tab(rita, "Usage")
    expect(rita.get_by_role("img").first).to_be_visible()
    keep(rita, "7-usage")
