"""What a model says is hostile: it runs no script and fetches nothing, while it comes or after."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.servers import ScriptedServer
from tests.servers.speech import speech

from .conftest import Chat

CORPUS = Path(__file__).with_name("hostile.md").read_text() + "\0end"
FORBIDDEN = (
    "script, iframe, img, form, input, style, svg, object, embed, link, meta, base, video, audio",
    "[style], [onclick], [onload], [onerror], [onfocus], [id], [src], [href^=javascript]",
    "live-answer, chat-composer, copy-button",
)
# Runs in the page before anything else: what would tell of a break-in.
GUARD = """() => {
  window.broken = [];
  for (const name of ["alert", "confirm", "prompt", "open"]) {
    window[name] = () => window.broken.push(name);
  }
  const note = (event) => window.broken.push(event.blockedURI);
  document.addEventListener("securitypolicyviolation", note);
}"""


def pieces(text: str, size: int = 5) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


@pytest.fixture
def evil_server(make_server):
    with ScriptedServer(speech(pieces(CORPUS))) as model:
        server = make_server()
        server.manage("upstream", "add", "openai", f"{model.at('drip', 4)}/v1", "--name", "box")
        yield server


@pytest.fixture
def asked(page) -> list[str]:
    """The addresses that the page asked for, but those of its own server."""
    foreign: list[str] = []
    page.context.on("request", lambda request: foreign.append(request.url))
    page.add_init_script(f"({GUARD})()")
    page.on("dialog", lambda dialog: (foreign.append(dialog.message), dialog.dismiss()))
    return foreign


def assert_unbroken(page, server, asked) -> None:
    assert [url for url in asked if not url.startswith((server.url, "data:"))] == []
    assert page.evaluate("window.broken") == []
    assert page.title() != "hacked"
    body = page.locator("article[data-role=assistant] .message__body").last
    for forbidden in FORBIDDEN:
        expect(body.locator(forbidden)).to_have_count(0)
    expect(page.get_by_role("textbox", name="Message")).to_be_visible()


def test_the_corpus_runs_nothing_and_fetches_nothing(page, evil_server, asked):
    page.goto(evil_server.url)
    page.select_option("#model", "box/speaker")
    chat = Chat(page)
    chat.ask("<img src=x onerror=document.title='hacked'> ![x](http://evil.test/mine)")
    for count in (15, 40, 70):
        chat.wait_for_words(count)
        assert_unbroken(page, evil_server, asked)
    chat.expect_status("succeeded", seconds=40)
    assert_unbroken(page, evil_server, asked)
    assert chat.stored() == CORPUS.replace("\0", "\ufffd")

    page.reload()
    assert_unbroken(page, evil_server, asked)
    assert "picture (evil.test)" in chat.answer.inner_text()
