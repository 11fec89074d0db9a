"""The list of transcripts in Chromium: filter, search, jump."""

import re

import pytest
from playwright.sync_api import expect

from .axe import expect_nothing_hinders
from .conftest import SHORT, Chat

LIST = "/admin/chatapp/transcript/"


@pytest.fixture
def desk(open_browser, server):
    """The list, with one conversation in it at least."""
    page = open_browser()
    page.goto(f"{server.url}/admin/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(server.password)
    page.get_by_role("button", name="Log in").click()
    page.goto(server.url)
    chat = Chat(page)
    chat.ask(SHORT)
    chat.expect_status("succeeded")
    page.goto(f"{server.url}{LIST}")
    return page


def test_a_reviewer_filters_searches_and_jumps_to_the_message(desk):
    desk.get_by_role("link", name="Show counts").click()
    desk.get_by_role("link", name=re.compile(r"^Anonymous visitors \(\d+\)")).click()
    expect(desk).to_have_url(re.compile("who=anonymous"))
    desk.get_by_role("link", name="Clear all filters").click()
    expect(desk.locator("#result_list tbody tr").first).to_contain_text(SHORT)

    desk.get_by_role("textbox", name="Search").fill("what are")
    desk.get_by_role("button", name="Search").click()

    hit = desk.locator(".desk-hit").filter(has=desk.locator("mark")).last
    expect(hit).to_contain_text("What are")
    hit.click()
    expect(desk).to_have_url(re.compile(r"/change/\?message=[0-9a-f-]{36}"))


def test_days_are_chosen_without_scripts(desk, open_browser):
    without = open_browser(java_script_enabled=False, storage_state=desk.context.storage_state())
    without.goto(f"{desk.url}?who=accounts")

    without.get_by_label("From").fill("2001-01-01")
    without.get_by_label("To", exact=True).fill("2001-01-02")
    without.get_by_role("button", name="Show", exact=True).click()

    expect(without).to_have_url(re.compile(r"who=accounts.*from=2001-01-01&to=2001-01-02"))
    expect(without.locator("#changelist-form")).to_contain_text("0 transcripts")


def test_nothing_hinders_on_the_list_and_among_what_was_found(desk):
    for query in ("", "?_facets=True&who=accounts", "?q=what"):
        desk.goto(f"{desk.url.partition('?')[0]}{query}")
        expect_nothing_hinders(desk)
        assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth")
