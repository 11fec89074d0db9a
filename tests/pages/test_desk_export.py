"""An export in Chromium: chosen, downloaded, followed."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from .axe import expect_nothing_hinders
from .conftest import SHORT, Chat

LIST = "/admin/chatapp/transcript/"


def log_in(page: Page, server) -> Page:
    page.goto(f"{server.url}/admin/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(server.password)
    page.get_by_role("button", name="Log in").click()
    return page


@pytest.fixture
def admin(open_browser, server):
    page = log_in(open_browser(accept_downloads=True), server)
    chat = Chat(page)
    page.goto(server.url)
    chat.ask(SHORT)
    chat.expect_status("succeeded")
    return page


def test_what_is_selected_is_downloaded_and_followed_to_its_end(admin, server):
    admin.goto(server.url + LIST)
    admin.locator("input.action-select").first.check()
    admin.locator("select[name=action]").select_option("export_selected")
    admin.get_by_role("button", name="Go", exact=True).click()
    expect(admin.locator(".export__what")).to_contain_text("1 selected transcript.")
    admin.get_by_label("JSON Lines A conversation").check()

    with admin.expect_download() as download:
        admin.get_by_role("button", name="Download").click()

    lines = download.value.path().read_text().splitlines()
    assert json.loads(lines[0])["messages"][0]["text"] == SHORT
    assert re.fullmatch(r"transcripts-[\d-]+\.jsonl", download.value.suggested_filename)
    expect(admin.locator(".export__sentence")).to_contain_text("Done: 1 of 1 conversations")
    expect(admin.get_by_role("status")).to_contain_text("Done")
    with admin.expect_download():  # and once more
        admin.get_by_role("button", name="Download").click()


def test_it_is_a_plain_form_where_there_are_no_scripts(open_browser, server, admin):
    page = log_in(open_browser(java_script_enabled=False, accept_downloads=True), server)
    page.goto(f"{server.url}{LIST}export/")

    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()

    assert download.value.path().read_text(encoding="utf-8-sig").startswith('"conversation"')


def test_its_page_hinders_nobody(admin, server):
    admin.goto(f"{server.url}{LIST}export/")
    admin.get_by_label("JSON Lines for fine-tuning").check()
    expect(admin.get_by_label("Which answers")).to_be_visible()

    expect_nothing_hinders(admin)
    assert admin.evaluate("document.documentElement.scrollWidth <= innerWidth")
