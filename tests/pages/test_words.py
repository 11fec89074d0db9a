"""The words on the page: one by one, and the same for every reader, however they come and go."""

from itertools import pairwise

from playwright.sync_api import expect

from .conftest import SHORT, STORY, Chat

# Notes when each word entered the answer, and what its text was then.
WATCH = """() => {
  window.heard = [];
  new MutationObserver(() => {
    const body = [...document.querySelectorAll("[data-role=assistant] .message__body")].at(-1);
    const text = body?.textContent ?? "";
    const source = body?.closest("live-answer")?.source;
    if (text && text !== window.heard.at(-1)?.text) {
      window.heard.push({ at: performance.now(), text, source });
    }
  }).observe(document.querySelector("[data-turns]"), { childList: true, subtree: true });
}"""


def test_words_appear_one_by_one(chat):
    chat.page.evaluate(WATCH)
    chat.ask(SHORT)
    chat.expect_status("succeeded")

    heard = chat.page.evaluate("window.heard")
    grown = [len(later["text"]) - len(sooner["text"]) for sooner, later in pairwise(heard)]
    gaps = [later["at"] - sooner["at"] for sooner, later in pairwise(heard)]
    assert len(heard) > 20
    assert max(grown[:-1]) < 30, "several words came at once"
    assert sum(gap > 20 for gap in gaps) > len(gaps) * 0.7, "the words came in lumps"


def test_a_reload_in_mid_answer_goes_on_exactly(chat):
    chat.ask(SHORT)
    chat.wait_for_words(8)

    chat.page.reload()
    assert len(chat.words.split()) >= 8
    chat.page.evaluate(WATCH)
    chat.wait_for_words(20)
    live = chat.words
    chat.expect_status("succeeded")

    text = chat.stored()
    assert text.startswith(live)
    for moment in chat.page.evaluate("window.heard")[:-1]:
        assert text.startswith(moment["source"]), "what was shown is not what was stored"


def test_two_tabs_hear_the_same(chat):
    chat.ask(SHORT)
    chat.wait_for_words(4)
    other = Chat(chat.page.context.new_page())
    other.page.goto(chat.page.url)

    other.wait_for_words(12)
    for tab in (chat, other):
        tab.expect_status("succeeded")

    assert chat.words == other.words


def test_a_second_tab_learns_of_a_new_turn(chat):
    chat.ask(SHORT)
    chat.expect_status("succeeded")
    other = Chat(chat.page.context.new_page())
    other.page.goto(chat.page.url)

    chat.ask(STORY)

    expect(other.page.locator("article.message")).to_have_count(4)
    expect(other.stop).to_be_visible()


def test_without_a_connection_the_text_stays_and_a_sentence_says_why(chat):
    chat.page.context.set_offline(True)

    chat.ask("Do not lose me")

    expect(chat.page.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(chat.box).to_have_value("Do not lose me")
    expect(chat.page.locator("article.message")).to_have_count(0)
    chat.page.context.set_offline(False)
    chat.send.click()
    chat.wait_for_words(1)


def test_leaving_and_coming_back_goes_on_exactly(chat, server):
    chat.ask(SHORT)
    chat.wait_for_words(5)

    chat.page.goto(f"{server.url}/login/")
    chat.page.go_back()
    chat.wait_for_words(10)
    live = chat.words
    chat.expect_status("succeeded")

    assert chat.stored().startswith(live)


def test_a_proxy_that_says_503_is_asked_again(chat):
    refusals = []

    def refuse_twice(route):
        if len(refusals) < 2:
            refusals.append(route.request.url)
            route.fulfill(status=503)
        else:
            route.continue_()

    chat.page.route("**/live/*", refuse_twice)
    chat.ask(SHORT)
    chat.expect_status("succeeded")

    assert len(refusals) == 2
    assert "last_event_id" not in refusals[0]


def test_a_hidden_page_gives_its_stream_back_and_goes_on_when_seen(chat):
    chat.page.clock.install()
    chat.page.reload()
    chat.ask(STORY)
    chat.wait_for_words(4)
    show = """hidden => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""

    chat.page.evaluate(show, True)
    chat.page.clock.fast_forward(31_000)
    shown = chat.words
    chat.page.wait_for_timeout(500)
    assert chat.words == shown

    chat.page.evaluate(show, False)
    chat.wait_for_words(len(shown.split()) + 5)
    assert chat.words.startswith(shown)
