"""A browser that blocks third-party cookies, and with them all storage of frames of other sites.

In the whole Chromium, by the preference that people set: the headless shell has none.
"""

import json
import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from .conftest import STORY
from .hosts import Embedded, Hosts, Site

CHROMIUM = os.environ.get("CHROMIUM_WITH_WINDOWS", "/usr/bin/chromium")
BLOCKING = {"profile": {"block_third_party_cookies": True, "cookie_controls_mode": 1}}
KEPT = """() => {
  const forbidden = [];
  for (const name of ["localStorage", "sessionStorage"])
    try { window[name].length } catch (error) { forbidden.push(error.name) }
  return forbidden;
}"""


@pytest.fixture
def page(tmp_path) -> Page:
    if not Path(CHROMIUM).exists() and not os.environ.get("CI"):
        pytest.skip(f"{CHROMIUM} is missing: apt install chromium, or set CHROMIUM_WITH_WINDOWS")
    preferences = tmp_path / "Default" / "Preferences"
    preferences.parent.mkdir()
    preferences.write_text(json.dumps(BLOCKING))
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path, executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        yield context.new_page()
        context.close()


@pytest.fixture
def site(server, hosts: Hosts, tmp_path) -> Site:
    return Site(server, hosts, tmp_path.name[-40:])


def test_the_chat_works_and_a_reload_goes_on_in_mid_answer_byte_for_byte(page, site):
    chat = Embedded(page, site.url)
    assert chat.frame.evaluate(KEPT) == ["SecurityError"] * 2
    samples = []
    chat.ask(STORY)
    chat.wait_for_words(5)

    for _ in range(3):
        samples += [chat.words]
        page.reload()
        chat.wait_for_words(len(samples[-1].split()) + 2)
    while chat.answer.get_attribute("data-status") != "succeeded":
        samples += [chat.words] if chat.answer.locator("live-answer").count() else []
        page.wait_for_timeout(100)

    text = stored(site)
    assert len(samples) > 20
    assert [each for each in samples if not text.startswith(each)] == []
    assert samples == sorted(samples, key=len)
    assert chat.copied == text
    assert page.context.cookies() == []


def test_words_come_one_by_one(page, site):
    """Such a frame may hold no lock, by which tabs share their connections."""
    chat = Embedded(page, site.url)
    chat.ask(STORY)
    chat.wait_for_words(3)

    lengths = [len(chat.words)]
    while len(lengths) < 25:
        page.wait_for_timeout(60)
        lengths.append(len(chat.words))

    assert len(set(lengths)) > 8  # a page that asks once a second would have three


def test_what_the_page_keeps_opens_nothing_from_outside_the_frame(page, site):
    chat = Embedded(page, site.url)
    chat.ask("Remember heronsecret")
    chat.wait_for_words(3)
    ticket = page.evaluate("key => sessionStorage.getItem(`rivulet:${key}`)", site.key)

    told = page.evaluate(
        """([url, ticket]) => fetch(url, { method: "POST", body: new URLSearchParams({ ticket }) })
             .then(reply => reply.text(), error => error.name)""",
        [f"{site.server.url}/embed/{site.key}/visit/", ticket],
    )
    elsewhere = site.post_as_curl("visit/", ticket=ticket)  # another browser

    assert ticket
    assert told == "TypeError"
    assert elsewhere.json() == {"token": "", "ticket": ""}


def test_a_reset_leaves_nothing_with_the_page_either(page, site):
    chat = Embedded(page, site.url)
    chat.ask("Remember heronsecret")
    chat.wait_for_words(3)

    chat.api("reset()")

    expect(chat.articles).to_have_count(0)
    page.wait_for_function("key => !sessionStorage.getItem(`rivulet:${key}`)", arg=site.key)
    page.reload()
    chat.box.wait_for()
    expect(chat.articles).to_have_count(0)


def stored(site: Site) -> str:
    return site.server.shell(
        "from chatapp.models import Message; import sys; sys.stdout.write(Message.objects.exclude("
        f"prediction=None).get(conversation__site='{site.name}').body)"
    )
