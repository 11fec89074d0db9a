"""An operator makes an embed site, copies its snippet, tries it out, pauses it, renews a secret."""

import re

import pytest
from playwright.sync_api import Page, expect

from .axe import expect_no_axe_violations, expect_nothing_hinders
from .conftest import SHORT
from .test_hostile_words import CORPUS, GUARD

OPERATOR = """
from django.contrib.auth.models import Group, User
user = User.objects.create_user("olga", password="stones-and-water", is_staff=True)
user.groups.set(Group.objects.filter(name="Operator"))
"""
HOSTILE = """
import sys
from chatapp.models import EmbedSite, Summary
from tests.chatapp.desk import things
from predictions.models import Version
corpus = sys.stdin.read()
evil = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
site = EmbedSite.objects.create(name=evil[:50])
texts = dict.fromkeys(("greeting", "suggestions", "system_prompt"), evil + corpus)
texts |= {name: evil[:60] for name in ("title", "placeholder", "launcher")}
EmbedSite.objects.filter(pk=site.pk).update(origins=evil, **texts)
conversation = things.held(Version.objects.get(model__name="demo"), corpus)
conversation.site = site.name
conversation.visitor = f"{evil[:32]}~0123456789abcdef01234567"
conversation.title = evil + corpus[:60]
conversation.save()
Summary.objects.filter(conversation=conversation).update(site=site.name)
print(site.pk)
"""


@pytest.fixture(scope="module")
def staffed(server):
    server.shell(OPERATOR)
    return server


@pytest.fixture
def operator(open_browser, staffed) -> Page:
    page = open_browser(permissions=["clipboard-read", "clipboard-write"])
    return logged_in(page, staffed, "olga", "stones-and-water")


def logged_in(page: Page, server, name: str, password: str) -> Page:
    page.goto(f"{server.url}/admin/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{server.url}/admin/")
    return page


def make(operator: Page, server, name: str) -> None:
    operator.goto(f"{server.url}/admin/chatapp/embedsite/add/")
    operator.get_by_label("Name").fill(name)
    operator.get_by_label("Allowed origins").fill("https://shop.example")
    operator.get_by_role("button", name="Save").click()
    expect(operator.get_by_role("heading", name="Put it on a page")).to_be_visible()


def copied(page: Page) -> str:
    return page.evaluate("navigator.clipboard.readText()")


def test_a_site_is_made_copied_and_tried_out(operator, staffed):
    make(operator, staffed, "shop")
    expect(operator.locator(".messagelist .warning")).to_contain_text("embsec_")

    operator.get_by_role("button", name="Copy the tag").click()
    expect(operator.get_by_role("button", name="Copied")).to_be_visible()
    tag = copied(operator)
    operator.get_by_role("button", name="Copy the frame").click()
    expect(operator.get_by_role("button", name="Copied")).to_have_count(2)
    address = re.fullmatch(
        r'<iframe src="(\S+/embed/\w+/)" title="Chat".*</iframe>', copied(operator)
    )
    assert re.fullmatch(rf'<script async src="{staffed.url}/embed.js\?site=\w+"></script>', tag)
    assert operator.request.get(address[1]).status == 200

    preview = operator.frame_locator("iframe[title='Preview of the chat']")
    preview.get_by_role("textbox", name="Message").fill(SHORT)
    preview.get_by_role("textbox", name="Message").press("Enter")
    answer = preview.locator("article.message[data-role=assistant]")
    expect(answer).to_have_attribute("data-status", "succeeded", timeout=20_000)
    kept = "from chatapp.models import *; print(Conversation.objects.get(site='shop').is_temporary)"
    assert staffed.shell(kept).strip() == "True"


def test_the_preview_shows_what_is_saved_and_says_so_meanwhile(operator, staffed):
    make(operator, staffed, "looks")
    preview = operator.frame_locator("iframe[title='Preview of the chat']")
    unsaved = operator.get_by_text("The preview shows what is saved")
    expect(preview.get_by_role("heading", name="Chat", exact=True)).to_be_visible()
    expect(unsaved).to_have_count(0)

    operator.get_by_label("Title").fill("Help with orders")
    expect(unsaved).to_be_visible()
    operator.get_by_label("Title").fill("")
    expect(unsaved).to_have_count(0)
    operator.get_by_label("Title").fill("Help with orders")
    operator.get_by_label("Choose the accent").fill("#b3541e")
    expect(operator.get_by_label("Accent:")).to_have_value("#b3541e")
    operator.get_by_role("button", name="Save").click()

    expect(preview.get_by_role("heading", name="Help with orders")).to_be_visible()
    expect(operator.get_by_label("Accent:")).to_have_value("#b3541e")
    expect(unsaved).to_have_count(0)


def test_the_versions_are_those_of_the_chosen_model(operator, staffed):
    operator.goto(f"{staffed.url}/admin/chatapp/embedsite/add/")
    model, version = operator.get_by_label("Model:"), operator.get_by_label("Version:")

    expect(version.locator("option")).to_have_text(["its newest"])
    model.select_option("rivulet/demo")
    assert version.locator("optgroup").evaluate_all("all => all.map(({label}) => label)") == [
        "rivulet/demo"
    ]
    version.select_option(index=1)
    model.select_option("as the chat page")

    expect(version.locator("option")).to_have_text(["its newest"])


def test_it_is_paused_with_one_click_and_goes_on_with_another(operator, staffed):
    make(operator, staffed, "pond")
    preview = operator.frame_locator("iframe[title='Preview of the chat']")
    expect(preview.get_by_role("textbox", name="Message")).to_be_visible()

    operator.get_by_role("button", name="Pause").click()

    expect(operator.get_by_role("region", name="State")).to_contain_text("Paused.")
    expect(preview.get_by_text("This chat is paused")).to_be_visible()
    operator.get_by_role("button", name="Go on").click()
    expect(operator.get_by_role("region", name="State")).to_contain_text("On.")


def test_a_new_secret_is_asked_for_twice_and_seen_once(operator, staffed):
    make(operator, staffed, "spring")
    said = operator.locator(".messagelist .warning")
    first = re.search(r"embsec_\S+", said.inner_text())[0]

    operator.get_by_role("link", name="New secret").click()
    expect(operator.get_by_text("good for a day more")).to_be_visible()
    expect_nothing_hinders(operator)
    operator.get_by_role("button", name="Make a new secret").click()

    second = re.search(r"embsec_\S+", said.inner_text())[0]
    assert second != first
    operator.reload()
    assert "embsec" not in operator.content()


def test_it_hinders_nobody(operator, staffed):
    make(operator, staffed, "delta")
    site = operator.url
    operator.goto(site)
    expect_nothing_hinders(operator)
    assert operator.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for page in ("", "add/"):
        operator.goto(f"{staffed.url}/admin/chatapp/embedsite/{page}")
        expect_nothing_hinders(operator)
        assert operator.evaluate("document.documentElement.scrollWidth <= innerWidth")
    operator.goto(site.replace("/change/", "/delete/"))
    expect_no_axe_violations(operator)


def test_hostile_texts_run_nothing_on_its_pages(open_browser, staffed):
    page = open_browser()
    page.add_init_script(f"({GUARD})()")
    logged_in(page, staffed, "admin", staffed.password)
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    id = staffed.shell(HOSTILE, typed=CORPUS.replace("\0", "\ufffd")).strip()
    sites = f"{staffed.url}/admin/chatapp/embedsite/"

    for address in ("", f"{id}/change/", f"{id}/secret/", f"{id}/delete/", f"{id}/history/"):
        page.goto(sites + address)
        assert page.evaluate("window.broken") == [], address
        alive = (
            "[onerror], [onclick], [onload], [href^='javascript:'], iframe:not([src^='/embed/'])"
        )
        expect(page.locator(alive)).to_have_count(0)
        if "change" in address:
            frame = page.frame_locator("iframe")
            expect(frame.get_by_role("textbox")).to_be_visible()
            expect(page.locator(".embed-recent li")).to_have_count(1)
            assert page.frames[1].evaluate("window.broken") == []

    assert [url for url in asked if not url.startswith((staffed.url, "data:"))] == []
