"""Reasoning and waiting, as a visitor sees them, with an upstream that thinks aloud."""

import pytest
from playwright.sync_api import expect

from .conftest import Chat

NOTE = """() => {
  window.titles = [];
  new MutationObserver(() => {
    const title = document.querySelector(".reasoning:not([hidden]) summary")?.textContent;
    if (title && title !== window.titles.at(-1)) window.titles.push(title);
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""
QUICK = "The quick brown fox jumps over the lazy dog."


@pytest.fixture(scope="module")
def thinking(server, openai_server):
    server.manage("upstream", "add", "openai", openai_server.url, "--name", "mind")
    return server


@pytest.fixture
def chat(page, thinking) -> Chat:
    page.goto(thinking.url)
    chat = Chat(page)
    chat.choose_model("mind/thinking")
    return chat


def test_thoughts_stream_folded_and_the_answer_is_without_them(chat):
    chat.page.evaluate(NOTE)
    chat.ask("Think")
    fold = chat.answer.locator("details.reasoning")
    expect(fold.locator("summary")).to_have_text("Thinking…")
    expect(fold.locator(".reasoning__text")).to_be_hidden()

    fold.locator("summary").click()
    expect(fold.locator(".reasoning__text")).to_contain_text("Thought 3.")
    assert chat.words == ""
    expect(fold.locator(".reasoning__text")).to_contain_text("Thought 12.")
    chat.expect_status("succeeded")

    titles = chat.page.evaluate("window.titles")
    assert titles[0] == "Thinking…"
    assert titles[-1].startswith("Thought for ")
    expect(fold).to_have_attribute("open", "")
    expect(fold.locator(".reasoning__text")).to_have_text(
        "".join(f"Thought {n}. " for n in range(30))
    )
    assert chat.stored() == QUICK
    expect(chat.answer).to_contain_text("9 words in")


def test_a_reload_while_it_thinks_loses_and_doubles_nothing(chat):
    chat.ask("Think")
    expect(chat.answer.locator("summary")).to_have_text("Thinking…")

    chat.page.reload()
    chat.answer.locator("summary").click()
    expect(chat.answer.locator(".reasoning__text")).to_contain_text("Thought 20.")
    heard = chat.answer.locator(".reasoning__text").evaluate("box => box.textContent")
    chat.expect_status("succeeded")

    whole = "".join(f"Thought {n}. " for n in range(30))
    assert whole.startswith(heard)
    expect(chat.answer.locator(".reasoning__text")).to_have_text(whole)


def test_the_fold_works_from_the_keyboard(chat):
    chat.ask("Think")
    expect(chat.answer.locator("summary")).to_be_visible()

    chat.answer.locator("summary").focus()
    chat.page.keyboard.press("Enter")

    expect(chat.answer.locator(".reasoning__text")).to_be_visible()
    chat.stop.click()
    chat.expect_status("canceled", seconds=3)
    expect(chat.answer.locator(".reasoning__text")).to_contain_text("Thought 1.")


def test_a_crowd_of_thoughts_keeps_the_page_small(chat):
    chat.ask("Think")
    expect(chat.answer.locator("summary")).to_be_visible()

    size = chat.page.evaluate(
        """async () => {
          const link = document.querySelector("script[type=module]").src;
          const { Reasoning } = await import(link.replace(/chat[^/]*$/, REASONING));
          const details = document.querySelector("details.reasoning").cloneNode(true);
          document.body.append(details);
          const reasoning = new Reasoning(details);
          details.open = true;
          for (let n = 0; n < 200; n++) {
            reasoning.add("y".repeat(5000));
            if (n % 20 === 0) await new Promise(requestAnimationFrame);
          }
          await new Promise(requestAnimationFrame);
          const { childNodes, textContent } = details.querySelector(".reasoning__text");
          return [childNodes.length, textContent.length];
        }""".replace("REASONING", repr(module_path(chat, "reasoning.js")))
    )

    assert size[0] == 1
    assert 20_000 < size[1] <= 30_000


def module_path(chat: Chat, name: str) -> str:
    """Where the running page loaded that module from: its name carries a hash."""
    urls = chat.page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    stem = name.removesuffix(".js")
    return next(url for url in urls if f"/{stem}." in url).partition("/js/")[2]


def test_a_place_in_line_is_told_until_the_first_word(open_browser, make_server, openai_server):
    server = make_server(RUN_CAPACITY="1")
    server.manage("upstream", "add", "openai", openai_server.url, "--name", "mind")
    first, second = Chat(open_browser()), Chat(open_browser())
    for chat in (first, second):
        chat.page.goto(server.url)
        chat.choose_model("mind/silent")
        chat.ask("Hello")
        expect(chat.answer.locator("[data-meter]")).to_contain_text("Waiting")

    meter = second.answer.locator("[data-meter]")
    expect(meter).to_contain_text("Waiting: next in line", timeout=6000)
    second.page.reload()
    expect(meter).to_contain_text("Waiting: next in line")
    second.stop.click()

    second.expect_status("canceled", seconds=5)
    first.stop.click()
    first.expect_status("canceled", seconds=5)


def test_without_javascript_the_thoughts_are_there(open_browser, thinking):
    chat = Chat(open_browser(java_script_enabled=False))
    chat.page.goto(thinking.url)
    chat.choose_model("mind/reasoning")
    chat.box.fill("Think")
    chat.send.click()
    # What was streamed stays as it was sent, thoughts come with the page as it is afterwards.
    expect(chat.answer.locator(".message__foot")).to_be_attached(timeout=20_000)
    chat.page.goto(chat.page.url.replace("/live/", "/"))

    expect(chat.answer).to_have_attribute("data-status", "succeeded", timeout=20_000)
    chat.answer.locator("summary").click()
    expect(chat.answer.locator(".reasoning__text")).to_have_text("Let me think.")
