"""Nobody is moved against their intent."""

import pytest
from playwright.sync_api import Page, expect

from .conftest import SHORT, STORY, Chat

LONG = "Tell me a long story about a river"


@pytest.fixture
def chat(open_browser, server) -> Chat:
    """A view so low that an answer soon outgrows it."""
    page = open_browser(height=460)
    page.goto(server.url)
    return Chat(page)


@pytest.fixture
def following(chat) -> Chat:
    """A reader at the edge where the words of a long answer arrive."""
    chat.ask(LONG)
    expect(latest(chat)).to_be_visible(timeout=15_000)
    latest(chat).click()
    expect(latest(chat)).to_be_hidden()
    return chat


def latest(chat: Chat):
    return chat.page.get_by_role("button", name="Latest")


def place(chat: Chat) -> float:
    return chat.page.evaluate("scrollY")


def to_go(page: Page) -> float:
    return page.evaluate("document.documentElement.scrollHeight - innerHeight - scrollY")


def rest(chat: Chat) -> float:
    """Where the page is once it stands still: keys and wheels move it smoothly."""
    return chat.page.evaluate(
        """async () => {
          let last = scrollY;
          for (let still = 0; still < 12; last = scrollY) {
            await new Promise(requestAnimationFrame);
            still = scrollY === last ? still + 1 : 0;
          }
          return scrollY;
        }"""
    )


def let_it_grow(chat: Chat, words: int = 25) -> None:
    """Wait for so many more words; at least two lines of them."""
    chat.wait_for_words(len(chat.words.split()) + words)


def test_a_new_turn_stands_near_the_top_and_is_not_moved_while_its_answer_grows(chat):
    chat.ask(SHORT)
    chat.expect_status("succeeded")
    chat.ask(LONG)
    expect(chat.page.locator("[data-role=assistant]")).to_have_count(2)
    chat.wait_for_words(1)
    question = chat.page.locator("[data-role=user]").last
    top = question.bounding_box()["y"]

    expect(latest(chat)).to_be_visible(timeout=15_000)
    let_it_grow(chat)

    assert 0 < top < 120
    assert question.bounding_box()["y"] == top


def test_of_a_long_question_the_end_is_seen_and_the_beginning_of_the_answer(chat):
    chat.ask("\n".join(f"Line {number}" for number in range(60)))
    chat.wait_for_words(1)

    expect(chat.answer.locator(".message__body")).to_be_in_viewport()
    bottom = chat.page.locator("[data-role=user]").bounding_box()
    assert 60 < bottom["y"] + bottom["height"] < 260


def test_who_is_at_the_edge_sees_the_newest_words(following):
    for _ in range(3):
        let_it_grow(following)
        assert to_go(following.page) < 40

    expect(latest(following)).to_be_hidden()


def wheel(page: Page) -> None:
    page.mouse.move(300, 200)
    page.mouse.wheel(0, -20)


def key(page: Page) -> None:
    page.locator("chat-thread").focus()
    page.keyboard.press("ArrowUp")


def page_key(page: Page) -> None:
    page.locator("chat-thread").focus()
    page.keyboard.press("PageUp")


def scrollbar(page: Page) -> None:
    page.evaluate("scrollBy({ top: -15, behavior: 'instant' })")


def search(page: Page) -> None:
    """As find-in-page does: it selects, and brings what it found into view."""
    page.wait_for_function(
        "() => document.querySelector('[data-role=user]').getBoundingClientRect().bottom < 0"
    )
    assert page.evaluate("window.find('Tell me', false, true)")


def select(page: Page) -> None:
    question = page.locator("[data-role=user] .message__body")
    question.evaluate("body => getSelection().selectAllChildren(body)")


@pytest.mark.parametrize("intent", [wheel, key, page_key, scrollbar, search, select])
def test_who_turns_away_is_not_moved_any_more(following, intent):
    intent(following.page)
    expect(latest(following)).to_be_visible()
    there = rest(following)

    let_it_grow(following, words=40)

    assert abs(place(following) - there) <= 1
    expect(latest(following)).to_be_visible()


def drag_down(page: Page) -> None:
    touch = page.context.new_cdp_session(page)

    def send(kind: str, *places: int) -> None:
        points = [{"x": 190, "y": y} for y in places]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", 200)
    for y in range(205, 300, 5):
        send("touchMove", y)
    send("touchEnd")


def test_a_finger_that_draws_the_page_down_stops_the_following(open_browser, server):
    chat = Chat(open_browser(width=390, height=560, has_touch=True, is_mobile=True))
    chat.page.goto(server.url)
    chat.ask(LONG)
    expect(latest(chat)).to_be_visible(timeout=15_000)
    latest(chat).tap()
    latest(chat).wait_for(state="hidden")
    drag_down(chat.page)
    expect(latest(chat)).to_be_visible()
    there = rest(chat)

    let_it_grow(chat, words=40)

    assert abs(place(chat) - there) <= 1


def test_a_wheel_that_moves_nothing_changes_nothing(following):
    following.page.mouse.move(300, 200)
    following.page.mouse.wheel(0, 200)
    following.page.evaluate(
        "document.dispatchEvent(new WheelEvent('wheel', { deltaY: -50, bubbles: true }))"
    )

    let_it_grow(following, words=40)

    assert to_go(following.page) < 40


def test_who_comes_back_to_the_edge_follows_again(following):
    wheel(following.page)
    expect(latest(following)).to_be_visible()

    following.page.mouse.wheel(0, 3000)
    expect(latest(following)).to_be_hidden()
    let_it_grow(following, words=40)

    assert to_go(following.page) < 40


def test_a_turn_from_elsewhere_does_not_move_who_reads_above(chat, open_browser):
    chat.ask(STORY)
    chat.expect_status("succeeded", seconds=40)
    other = Chat(open_browser(height=460))
    other.page.context.add_cookies(chat.page.context.cookies())
    other.page.goto(chat.page.url)
    other.page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")

    chat.ask(SHORT)
    expect(other.page.locator("article.message")).to_have_count(4)
    other.wait_for_words(5)

    assert place(other) == 0
    expect(latest(other)).to_be_visible()


def test_a_reload_keeps_the_place(chat):
    chat.ask(STORY)
    chat.expect_status("succeeded", seconds=40)
    chat.page.evaluate("scrollTo({ top: 60, behavior: 'instant' })")
    expect(latest(chat)).to_be_visible()

    chat.page.reload()

    chat.page.wait_for_function("() => Math.abs(scrollY - 60) < 3")
