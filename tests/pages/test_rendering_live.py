"""An answer is set as it comes: what is finished stays, the words are never hidden or invented."""

import re

import pytest
from playwright.sync_api import expect

from tests.conftest import copy_of

from .conftest import Chat

ANSWER = r"""# A river

It *runs* **down**, and $x^2$ costs $5.

- one
- two with `code`

```python
def flow():
    return "down"
```

| a | b |
|---|---|
| 1 | 2 |

$$
\frac{a}{b}
$$

And so it ends in the sea, as all the rivers do, one after the other, and nobody hurries at all."""
# Notes each finished block that left the page or changed, and markup that was seen half typed.
WATCH = """() => {
  window.lost = [];
  window.seen = [];
  const finished = new Map();
  const look = () => {
    const body = document.querySelector("live-answer .message__body");
    if (!body) return;
    const count = document.querySelector("live-answer").blocks;
    for (const [node, text] of finished) {
      if (!node.isConnected) window.lost.push(`removed: ${text}`);
      else if (node.textContent !== text) window.lost.push(`changed: ${text}`);
    }
    for (const node of [...body.children].slice(0, count)) finished.set(node, node.textContent);
    window.seen.push(body.innerText);
  };
  const watched = { childList: true, subtree: true, characterData: true };
  new MutationObserver(look).observe(document.querySelector("[data-turns]"), watched);
}"""


@pytest.fixture(scope="module")
def mind(server, openai_server):
    server.manage("upstream", "add", "openai", openai_server.url, "--name", "mind")
    return server


def chat_with(page, server, model: str = "mind/echo-slow") -> Chat:
    page.goto(server.url)
    Chat(page).choose_model(model)
    return Chat(page)


@pytest.fixture
def echo(page, mind) -> Chat:
    return chat_with(page, mind)


def source(chat: Chat) -> str:
    return chat.page.evaluate("document.querySelector('live-answer')?.source ?? ''")


def test_finished_blocks_stay_and_the_rest_is_set_as_it_comes(echo):
    echo.page.evaluate(WATCH)
    echo.ask(ANSWER)
    body = echo.page.locator("live-answer .message__body")

    expect(body.locator("h3")).to_have_text("A river")
    expect(body.locator("strong")).to_have_text("down")
    expect(body.locator("li code")).to_have_text("code")
    expect(body.locator("code-block .hl-k").first).to_have_text("def")
    expect(body.get_by_role("button", name="Copy this code")).to_be_visible()
    expect(body.locator("td").last).to_have_text("2")
    expect(body.locator(".maths mfrac")).to_be_visible()
    echo.expect_status("succeeded")

    assert echo.page.evaluate("window.lost") == []
    assert echo.stored() == ANSWER


def test_half_typed_markup_is_not_seen(echo):
    echo.page.evaluate(WATCH)
    echo.ask("A **bold** word, `code` and [a link](https://a.test/b), " * 6)
    echo.expect_status("succeeded")

    seen = echo.page.evaluate("window.seen")
    assert len(seen) > 20
    assert [text for text in seen if re.search(r"[*`\]]", text)] == []


def test_the_source_is_exactly_what_was_stored_at_each_moment(echo):
    echo.ask(ANSWER)
    heard = set()
    for _ in range(20):
        heard.add(source(echo))
        echo.page.wait_for_timeout(50)
    echo.expect_status("succeeded")

    assert len(heard) > 5
    assert all(ANSWER.startswith(words) for words in heard)


def test_a_reload_in_mid_answer_shows_it_rendered_and_goes_on(echo):
    echo.ask(ANSWER)
    expect(echo.page.locator("live-answer code-block .hl-k").first).to_be_visible()

    echo.page.reload()
    expect(echo.page.locator("live-answer h3")).to_have_text("A river")
    echo.page.evaluate(WATCH)
    words = source(echo)
    assert ANSWER.startswith(words)
    echo.expect_status("succeeded")

    assert echo.page.evaluate("window.lost") == []
    expect(echo.answer.locator("code-block")).to_have_count(1)
    expect(echo.answer.locator("td").last).to_have_text("2")


def test_at_the_end_nothing_moves_and_a_selection_stays(echo):
    echo.ask(ANSWER)
    expect(echo.page.locator("live-answer .maths mfrac")).to_be_visible()
    echo.page.evaluate(
        """() => {
          const item = document.querySelector("live-answer li");
          window.kept = item;
          getSelection().selectAllChildren(item);
          document.querySelector("live-answer pre").focus();
          getSelection().selectAllChildren(item);
        }"""
    )

    echo.expect_status("succeeded")

    assert echo.page.evaluate("getSelection().toString()") == "one"
    assert echo.page.evaluate("window.kept === document.querySelector('.message__body li')")
    assert echo.page.evaluate("document.activeElement.tagName") == "PRE"
    expect(echo.answer.get_by_role("button", name="Copy this code")).to_have_count(1)


def test_what_is_shown_at_the_end_is_what_a_reload_shows(echo):
    echo.ask(ANSWER)
    echo.expect_status("succeeded")
    html = "body => body.innerHTML.replace(/<button.*?button>/g, '')"
    live = echo.answer.locator(".message__body").evaluate(html)

    echo.page.reload()

    assert echo.answer.locator(".message__body").evaluate(html) == live


def test_the_words_so_far_can_be_copied(open_browser, mind):
    page = open_browser(permissions=["clipboard-read", "clipboard-write"])
    chat = chat_with(page, mind)
    chat.ask(ANSWER)
    expect(page.locator("live-answer code-block").first).to_be_visible()

    page.get_by_role("button", name="Copy this answer").click()
    expect(page.get_by_role("button", name="Copy this answer")).to_have_text("Copied")

    copied = page.evaluate("navigator.clipboard.readText()")
    assert "**down**" in copied
    assert ANSWER.startswith(copied)


def test_a_silent_model_is_called_stalled(open_browser, mind):
    page = open_browser()
    page.clock.install()
    chat = chat_with(page, mind, "mind/stall")
    chat.ask("Hello")
    chat.wait_for_words(1)

    page.clock.run_for(9_000)

    expect(chat.answer.locator("[data-meter]")).to_have_text(re.compile(r"No word for \d+ s"))
    chat.stop.click()


def test_hostile_text_runs_nothing_while_it_comes(echo):
    requests = []
    echo.page.on("request", lambda request: requests.append(request.url))
    echo.ask(
        "<img src=https://evil.test/a onerror=alert(1)> ![x](https://evil.test/b) "
        "<script>alert(1)</script>\n\n```html\n<img src=https://evil.test/c>\n```\n\n"
        r"$\href{javascript:alert(1)}{x}$ $\text{<img src=https://evil.test/d>}$ done"
    )
    echo.expect_status("succeeded")

    assert not [url for url in requests if "evil.test" in url]
    expect(echo.answer.locator("img, script")).to_have_count(0)
    expect(echo.answer.get_by_role("link", name="x (evil.test)")).to_be_visible()


def test_a_huge_answer_does_not_freeze_the_page(open_browser, mind):
    page = open_browser()
    chat = chat_with(page, mind, "mind/flood")
    page.evaluate(
        """() => {
          window.longest = 0;
          let last = performance.now();
          setInterval(() => {
            window.longest = Math.max(window.longest, performance.now() - last);
            last = performance.now();
          }, 20);
        }"""
    )
    chat.ask("Flood")
    page.wait_for_function("() => document.querySelector('live-answer')?.source.length > 2e5")
    expect(page.locator("live-answer .plain").first).to_be_visible()

    chat.expect_status("succeeded", seconds=60)
    assert len(chat.stored()) == 256 * 15 * 1024
    assert page.evaluate("window.longest") < 2000


def test_seven_tabs_of_running_answers_all_load_and_all_end_exactly(
    open_browser, first_run, tmp_path, openai_server
):
    server = copy_of(first_run, tmp_path / "data", {"RUN_CAPACITY": "20"})
    server.start()
    try:
        server.manage("upstream", "add", "openai", openai_server.url, "--name", "mind")
        context = open_browser().context
        text = "Seven *tabs* hear this, each on its own.\n\n" * 20
        tabs = []
        for number in range(7):
            chat = chat_with(context.new_page(), server)
            chat.page.set_default_timeout(5000)
            chat.ask(f"{number} {text}")
            chat.wait_for_words(1, seconds=5)
            tabs.append(chat)

        for chat in tabs:
            chat.page.goto(chat.page.url)
            chat.wait_for_words(1, seconds=5)
        for number, chat in enumerate(tabs):
            chat.expect_status("succeeded", seconds=30)
            assert chat.stored() == f"{number} {text}".strip()
            assert "reconnecting" not in chat.answer.inner_text()
    finally:
        server.kill()


WIDE = f"so $${' + '.join(['a'] * 60)}$$ it is\n\n|{'river|' * 12}\n|{'-|' * 12}\n|{'water|' * 12}"


def test_what_is_too_wide_for_a_phone_scrolls_in_its_own_place(open_browser, mind):
    echo = chat_with(open_browser(width=390), mind, "mind/echo-fast")
    echo.ask(WIDE)
    echo.expect_status("succeeded")

    wide = echo.answer.locator("math, .table")
    expect(wide).to_have_count(2)
    for each in wide.all():
        assert each.evaluate("each => each.scrollWidth > each.clientWidth")
    assert echo.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
