"""Chromium against a real server. A page that breaks a rule of its own fails its test."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import copy_of

from .hosts import serving

STORY = "Tell me a short story about a river"  # some fifteen seconds
SHORT = "What are you?"  # some three
# What Chromium writes to the console by itself: of a network that goes away, of a refused form.
EXPECTED = (
    "net::ERR_CONNECTION",
    "net::ERR_SOCKET_NOT_CONNECTED",
    "net::ERR_INTERNET_DISCONNECTED",
    "status of 409",
    "status of 422",
    "status of 429",
    "status of 503",
    "net::ERR_INCOMPLETE",
    "net::ERR_EMPTY_RESPONSE",
    "Connection closed before receiving a handshake response",
    "Page entered Back-Forward Cache",
)


@pytest.fixture(scope="module")
def server(first_run, tmp_path_factory):
    """A server whose demo speaks slowly enough to be interrupted."""
    data_dir = tmp_path_factory.mktemp("pages") / "data"
    running = copy_of(first_run, data_dir, {"DEMO_WORDS_PER_SECOND": "20"})
    running.start()
    yield running
    running.kill()


@pytest.fixture
def expected() -> list[str]:
    """What the console may say, beside EXPECTED, in a test that brings it about."""
    return []


@pytest.fixture
def open_browser(browser: Browser, expected: list[str]):
    """Makes a page in a browser of its own: `open_browser(width=390, ...)`."""
    contexts, complaints = [], []

    def make(width: int = 1280, height: int = 800, **options) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.on(
            "console", lambda message: complaints.append(message.text) if is_bad(message) else None
        )
        context.on(
            "weberror",
            lambda error: complaints.append(str(error.error)) if is_ours(error) else None,
        )
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
    assert [each for each in complaints if not any(one in each for one in expected)] == []


def is_ours(error) -> bool:
    """Not Chromium's own note that a busy machine left no time for a transition between pages."""
    return "Transition was aborted" not in str(error.error)


def is_bad(message) -> bool:
    is_expected = any(word in message.text for word in EXPECTED)
    return message.type in {"error", "warning"} and not is_expected


@pytest.fixture
def hosts():
    """Other origins, whose pages may have the chat in a frame."""
    with serving() as running:
        yield running


@pytest.fixture
def page(open_browser: Callable[..., Page]) -> Page:
    return open_browser()


class Chat:
    """The chat page as a visitor sees it, by the handles that are promised to be stable."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.box = page.get_by_role("textbox", name="Message")
        self.send = page.get_by_role("button", name="Send")
        self.stop = page.get_by_role("button", name="Stop")
        self.answer = page.locator("article.message[data-role=assistant]").last

    def ask(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")

    def choose_model(self, name: str) -> None:
        """By the search that there is among many models, or by the plain list."""
        search = self.page.get_by_role("button", name="Model: ")
        if search.count():
            search.click()
            self.page.get_by_role("option", name=name, exact=True).click()
        else:
            self.page.get_by_label("Model").select_option(name)

    @property
    def words(self) -> str:
        """The answer's words as they were heard, byte for byte; once it has ended, its text."""
        return self.answer.evaluate(
            """answer => answer.querySelector("live-answer")?.source
                 ?? answer.querySelector(".message__body").textContent"""
        )

    def stored(self) -> str:
        """The words of the ended answer as the server keeps them."""
        url = self.answer.locator("copy-button[data-url$='/text/']").get_attribute("data-url")
        return self.page.evaluate("url => fetch(url).then(reply => reply.text())", url)

    def wait_for_words(self, count: int, seconds: float = 10) -> None:
        self.page.wait_for_function(
            """count => [...document.querySelectorAll('[data-role=assistant] .message__body')]
                 .at(-1)?.textContent.match(/\\S+/g)?.length >= count""",
            arg=count,
            timeout=seconds * 1000,
        )

    def expect_status(self, status: str, seconds: float = 20) -> None:
        expect(self.answer).to_have_attribute("data-status", status, timeout=seconds * 1000)


@pytest.fixture
def chat(page, server) -> Chat:
    page.goto(server.url)
    return Chat(page)
