"""A person is found, taken along and erased, with a receipt; a message is redacted."""

import json
import re
from zipfile import ZipFile

import pytest
from playwright.sync_api import Page, expect

from .axe import expect_nothing_hinders
from .conftest import SHORT, Chat


@pytest.fixture
def admin(open_browser, server) -> Page:
    page = open_browser()
    page.goto(f"{server.url}/admin/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(server.password)
    page.get_by_role("button", name="Log in").click()
    return page


@pytest.fixture
def chat(open_browser, server) -> Chat:
    """Of somebody who is not logged in, with an answer that has ended."""
    page = open_browser()
    page.goto(server.url)
    chat = Chat(page)
    chat.ask(f"{SHORT} I am Heron.")
    chat.expect_status("succeeded")
    return chat


def test_a_visitor_is_taken_along_and_erased_with_a_receipt(chat, admin, server, tmp_path):
    address = chat.page.url
    admin.goto(f"{server.url}/admin/chatapp/transcript/people/")
    expect_nothing_hinders(admin)
    admin.get_by_label("Whose data is it?").fill(address)
    admin.get_by_role("button", name="Find").click()
    admin.locator(".desk-list a").first.click()
    name = admin.locator("label[for=desk-confirm] strong").inner_text()
    expect(admin.get_by_role("row", name="Messages", exact=False).first).to_contain_text("2")
    expect_nothing_hinders(admin)

    with admin.expect_download() as download:
        admin.get_by_role("button", name="Export everything").click()
    download.value.save_as(tmp_path / "all.zip")
    with ZipFile(tmp_path / "all.zip") as archive:
        (told,) = (each for each in archive.namelist() if each.startswith("conversations/"))
        assert "I am Heron" in json.loads(archive.read(told))["messages"][0]["text"]

    admin.get_by_label(f"Type {name} to confirm").fill(name)
    admin.get_by_role("button", name="Erase everything").click()

    expect(admin.get_by_role("heading", name="Receipt", exact=True)).to_be_visible()
    expect(admin.get_by_text("Nothing is left of visitor #")).to_be_visible()
    expect(admin.get_by_role("row", name=re.compile("Messages"))).to_have_text(
        re.compile(r"Messages\s*2\s*0")
    )
    expect_nothing_hinders(admin)
    reply = chat.page.request.get(address)
    assert reply.status == 404
    with admin.expect_download() as download:
        admin.get_by_role("link", name="Download as text").click()
    download.value.save_as(tmp_path / "receipt.txt")
    assert "Nothing is left" in (tmp_path / "receipt.txt").read_text()


def test_words_are_redacted_and_the_visitor_sees_that(chat, admin, server):
    question = chat.page.locator("article.message[data-role=user]").last
    id = question.get_attribute("data-id")
    admin.goto(f"{server.url}/admin/chatapp/transcript/message/{id}/redact/")
    expect_nothing_hinders(admin)
    admin.get_by_label("Words", exact=True).fill("Heron")
    admin.get_by_role("button", name="Look what would change").click()
    expect(admin.get_by_text("Nothing is changed yet.")).to_be_visible()
    expect_nothing_hinders(admin)

    admin.get_by_role("button", name="Redact for good").click()

    expect(admin.get_by_text("Redacted for good")).to_be_visible()
    chat.page.reload()
    expect(question.locator(".message__body")).to_have_text(f"{SHORT} I am █████.")
    expect(question.get_by_text("Something was removed from this message.")).to_be_visible()
