"""A long answer on a bad day: whatever happens to the page, what it shows is part of the truth."""

import random

import pytest
from playwright.sync_api import Page, expect

from tests.cable import cable_to
from tests.servers import ScriptedServer
from tests.servers.speech import speech

from .conftest import Chat

WORDS = 2000
PACE = 36  # milliseconds a word: 72 s, in which all of the bad day takes place
ENOUGH = 200  # samples of each page: every 100 ms, but for the time that a reload takes
CUTS = 6

# Every 100 ms: the source of the answer as far as it is heard, and the text that is seen.
SAMPLE = """() => {
  setInterval(() => {
    const article = [...document.querySelectorAll("article[data-role=assistant]")].at(-1);
    if (!article) return;
    const source = article.querySelector("live-answer")?.source ?? null;
    window.sample(source, article.querySelector(".message__body").innerText);
  }, 100);
}"""


def a_long_answer() -> list[str]:
    chance = random.Random(7)
    words = [
        "".join(chance.choices("abcdefghijklmnop", k=chance.randint(1, 9))) for _ in range(WORDS)
    ]
    return [word + ("\n\n" if n % 90 == 89 else " ") for n, word in enumerate(words[:-1])] + words[
        -1:
    ]


def watched(page: Page) -> list[tuple[str | None, str]]:
    """What the page shows from now on, also after reloads."""
    samples: list[tuple[str | None, str]] = []
    page.expose_function("sample", lambda source, shown: samples.append((source, shown)))
    page.add_init_script(f"addEventListener('DOMContentLoaded', {SAMPLE})")
    return samples


def hears_on(page: Page) -> None:
    """Wait until the page has shown more words than now, in the middle of the answer."""
    page.wait_for_function(
        "count => document.querySelector('live-answer').source.length > count",
        arg=page.evaluate("document.querySelector('live-answer').source.length"),
        timeout=20_000,
    )


def as_read(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture
def answering(make_server):
    """A server that has begun a long answer and goes on with it, whatever happens to others."""
    pieces = a_long_answer()
    with ScriptedServer(speech(pieces)) as model:
        owner = make_server()
        url = f"{model.at('drip', PACE)}/v1"
        owner.manage("upstream", "add", "openai", url, "--name", "box")
        yield owner, "".join(pieces)


def test_two_tabs_show_nothing_but_the_truth_through_cuts_reloads_and_a_restart(
    answering, make_server, open_browser
):
    owner, whole = answering
    chance = random.Random(42)
    first = Chat(open_browser())
    first.page.goto(f"{owner.url}/?model=box/speaker")
    first.ask("Speak")
    first.wait_for_words(3)
    address = first.page.url.removeprefix(owner.url)
    server = make_server()

    with cable_to(int(server.environment["PORT"])) as cable:
        second = Chat(first.page.context.new_page())
        tabs = (first, second)
        samples = [watched(tab.page) for tab in tabs]
        for tab in tabs:
            tab.page.goto(cable.url + address)
        for round in range(CUTS):
            for tab in tabs:
                hears_on(tab.page)
            first.page.wait_for_timeout(500)
            cable.pull()
            first.page.wait_for_timeout(1000 * chance.uniform(1, 10))
            cable.mend()
            if round % 2:
                tabs[round // 2 % 2].page.reload()
            if round == 2:
                server.kill()
                server.start()
        for tab in tabs:
            tab.expect_status("succeeded", seconds=90)
        stored = [tab.stored() for tab in tabs]

    assert stored == [whole, whole]
    for tab, seen in zip(tabs, samples, strict=True):
        shown = as_read(whole)
        assert as_read(tab.answer.locator(".message__body").inner_text()) == shown
        assert len(seen) > ENOUGH
        assert len({source for source, _ in seen}) > 20, "it was not watched while it grew"
        assert [source for source, _ in seen if not whole.startswith(source or "")] == []
        assert [text for _, text in seen if not shown.startswith(as_read(text))] == []
    expect(first.page.locator("article.message")).to_have_count(2)
