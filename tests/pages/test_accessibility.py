"""Nothing hinders: axe finds nothing in any state, and what it cannot see is tried here."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import copy_of

from .axe import as_if_found, expect_no_axe_violations, expect_nothing_hinders
from .conftest import SHORT, STORY, Chat

RICH = "Show me a table and a little Python, in Markdown"
EACH = [(width, scheme) for width in (1280, 390) for scheme in ("light", "dark")]
LIVE = "[role=status], [role=alert], [role=log], [aria-live]"


@pytest.fixture(scope="module")
def server(first_run, tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("accessible") / "data"
    settings = {"DEMO_WORDS_PER_SECOND": "40", "CHAT_SIGN_UP": "true"}
    running = copy_of(first_run, data_dir, settings)
    running.start()
    yield running
    running.kill()


@pytest.fixture(params=EACH, ids=lambda each: f"{each[1]} at {each[0]} px")
def visit(request, open_browser, server):
    """Opens a page, in each size and colour."""
    width, scheme = request.param

    def open_page(path: str = "/") -> Page:
        page = open_browser(width=width, color_scheme=scheme, reduced_motion="reduce")
        page.goto(server.url + path)
        return page

    return open_page


@pytest.mark.parametrize("path", ["/", "/login/", "/signup/", "/models/", "/models/rivulet/demo/"])
def test_axe_finds_nothing_on(path, visit):
    expect_no_axe_violations(visit(path))


def test_axe_finds_nothing_while_words_come_and_once_they_have_come(visit):
    chat = Chat(visit())
    chat.ask(RICH)
    chat.wait_for_words(3)
    expect_no_axe_violations(chat.page)

    chat.expect_status("succeeded", seconds=40)

    expect_no_axe_violations(chat.page)


def test_axe_finds_nothing_where_an_answer_was_stopped(visit):
    chat = Chat(visit())
    chat.ask(STORY)
    chat.wait_for_words(2)
    chat.stop.click()
    chat.expect_status("canceled")

    expect_no_axe_violations(chat.page)


def test_axe_finds_nothing_where_a_model_failed(visit):
    page = visit("/models/rivulet/demo/")
    page.locator("[name=input-prompt]").fill(STORY)
    page.get_by_text("More inputs").click()
    page.get_by_label("Fail after").fill("2")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("article.message")).to_have_attribute("data-status", "failed")

    expect_no_axe_violations(page)


def test_axe_finds_nothing_in_the_drawer_of_a_phone(open_browser, server):
    chat = Chat(open_browser(width=390, reduced_motion="reduce", has_touch=True))
    chat.page.goto(server.url)
    chat.ask(SHORT)
    chat.expect_status("succeeded")

    chat.page.get_by_role("button", name="Conversations").click()

    expect(chat.page.get_by_role("link", name=SHORT, exact=True)).to_be_visible()
    expect_no_axe_violations(chat.page)


def test_axe_finds_nothing_on_the_sheet_of_keys(visit):
    page = visit()
    page.keyboard.press("Control+/")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()

    expect_no_axe_violations(page)


def test_axe_finds_nothing_where_a_form_was_refused(visit):
    page = visit("/signup/")
    page.get_by_label("Username").fill("a b")
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_label("The password again").fill("other")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_label("Username")).to_have_attribute("aria-invalid", "true")

    expect_no_axe_violations(page)


def test_axe_finds_nothing_in_chinese(open_browser, server):
    page = open_browser(locale="zh-CN", reduced_motion="reduce")
    page.goto(server.url)
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")

    expect_no_axe_violations(page)


# States on the way: each is looked at in every size and colour.


def test_axe_finds_nothing_around_an_answer(chat):
    page = chat.page
    chat.ask(SHORT)
    chat.expect_status("succeeded")
    chat.answer.get_by_role("button", name="More").click()
    expect(chat.answer.get_by_text("Fork to a new chat")).to_be_visible()
    expect_nothing_hinders(page)

    chat.answer.get_by_text("Rewind to a word").click()
    expect(page.locator(".rewind")).to_be_visible()
    expect_nothing_hinders(page)
    page.keyboard.press("Escape")

    page.get_by_role("link", name="Edit this message").click()
    expect(page.get_by_role("textbox", name="Edit this message")).to_be_focused()
    expect_nothing_hinders(page)
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Bad answer").click()
    expect(page.get_by_role("dialog", name="What was wrong with it?")).to_be_visible()
    expect_nothing_hinders(page)


def test_axe_finds_nothing_where_a_link_is_read(chat, open_browser):
    chat.ask(STORY)
    chat.wait_for_words(3)
    chat.page.get_by_role("link", name="Options for this conversation").click()
    chat.page.get_by_role("menuitem", name="Share…").click()
    chat.page.get_by_role("button", name="Create a link").click()
    link = chat.page.get_by_role("textbox", name="Link").input_value()

    reader = open_browser(reduced_motion="reduce")
    reader.goto(link)
    expect(reader.locator("article[data-running] .message__body")).not_to_be_empty()
    expect_no_axe_violations(reader)
    expect(reader.locator("article[data-status=succeeded]")).to_have_count(1, timeout=40_000)
    expect_nothing_hinders(reader)
    reader.goto(f"{link}continue/")
    expect_nothing_hinders(reader)

    chat.page.get_by_role("button", name="Revoke").click()
    expect(chat.page.get_by_text("No link is open.")).to_be_visible()
    reader.route(link, as_if_found)
    reader.goto(link)
    expect(reader.get_by_role("heading", name="This link is not good any more")).to_be_visible()
    expect_nothing_hinders(reader)


def test_axe_finds_nothing_in_a_temporary_chat_and_where_nothing_is(chat, server):
    page = chat.page
    page.route("**/no/such/page", as_if_found)
    for path in ("/?temporary=1", "/no/such/page"):
        page.goto(server.url + path)
        expect_nothing_hinders(page)

    page.goto(f"{server.url}/?temporary=1")
    chat.ask(SHORT)
    chat.expect_status("succeeded")
    expect(page.get_by_role("button", name="Keep this conversation")).to_be_visible()
    expect_nothing_hinders(page)


def test_axe_finds_what_hinders(page, server):
    page.goto(server.url)
    page.evaluate("document.querySelector('[data-send]').removeAttribute('aria-label')")
    page.evaluate("document.querySelector('[data-send]').removeAttribute('title')")

    with pytest.raises(AssertionError, match="button-name"):
        expect_no_axe_violations(page)


def test_what_is_read_aloud_is_the_beginning_and_the_end_but_no_words(chat):
    chat.page.evaluate(
        """selector => {
          window.said = [];
          for (const region of document.querySelectorAll(selector))
            new MutationObserver(() => window.said.push(region.textContent.trim()))
              .observe(region, { childList: true, subtree: true, characterData: true });
        }""",
        LIVE,
    )

    chat.ask(STORY)
    chat.expect_status("succeeded", seconds=40)

    said = [text for text in chat.page.evaluate("window.said") if text]
    words = len(chat.words.split())
    assert said == ["Answering", f"Done, {words} words"]
    assert chat.page.locator(f"article :is({LIVE})").count() == 0


@pytest.mark.parametrize("path", ["/", "/models/rivulet/demo/", "/login/"])
def test_at_200_percent_nothing_is_lost(path, open_browser, server):
    page = open_browser(width=640, height=400, device_scale_factor=2)
    page.goto(server.url + path)

    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for control in page.locator("main :is(button, input, textarea, select, a):visible").all():
        control.scroll_into_view_if_needed()
        box = control.bounding_box()
        assert box["x"] >= 0, control
        assert box["x"] + box["width"] <= 641, control


def test_at_200_percent_a_conversation_loses_nothing(open_browser, server):
    chat = Chat(open_browser(width=640, height=400, device_scale_factor=2))
    chat.page.goto(server.url)
    chat.ask(RICH)
    chat.expect_status("succeeded", seconds=40)

    assert chat.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    expect(chat.box).to_be_in_viewport()


def test_nothing_moves_where_motion_is_not_wanted(open_browser, server):
    chat = Chat(open_browser(reduced_motion="reduce"))
    chat.page.goto(server.url)
    chat.page.locator(".thing").first.hover()
    assert moving(chat.page) == 0
    chat.ask(STORY)
    expect(chat.answer.locator("[data-meter]")).to_be_visible()
    assert moving(chat.page) == 0
    chat.wait_for_words(5)

    chat.page.locator("article").first.hover()
    assert moving(chat.page) == 0


def test_something_moves_where_motion_is_welcome(open_browser, server):
    chat = Chat(open_browser(reduced_motion="no-preference"))
    chat.page.goto(server.url)
    chat.ask(STORY)
    chat.wait_for_words(5)

    assert moving(chat.page) > 0


def moving(page: Page) -> int:
    return page.evaluate("document.getAnimations().length")


def test_controls_can_be_told_apart_in_forced_colours(open_browser, server):
    page = open_browser(forced_colors="active")
    page.goto(server.url)

    line = "each => getComputedStyle(each).borderTopWidth"
    assert page.locator("#composer").evaluate(line) != "0px"
    page.locator("#message").focus()
    edge = page.locator("#composer").evaluate(
        "each => getComputedStyle(each).outlineStyle + getComputedStyle(each).outlineWidth"
    )
    assert re.fullmatch(r"solid[1-9]\d*px", edge)


def test_in_forced_colours_each_control_has_an_edge_and_the_focus_is_seen(open_browser, server):
    page = open_browser(forced_colors="active")
    page.goto(server.url)
    chat = Chat(page)
    chat.ask(SHORT)
    chat.expect_status("succeeded")

    for button in page.locator("button:visible, .icon-button:visible").all():
        assert button.evaluate("each => getComputedStyle(each).borderTopStyle") == "solid", button
    page.keyboard.press("Tab")
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        if not page.evaluate("document.activeElement.matches('#message')"):
            ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert ring in {"solid", "auto"}
    here = page.locator("#sidebar [aria-current]")
    assert here.evaluate("each => getComputedStyle(each).outlineStyle") == "solid"


def test_a_phone_does_not_zoom_into_a_field(open_browser, server):
    page = open_browser(width=390, has_touch=True, is_mobile=True)
    for path in ("/", "/login/", "/signup/", "/models/", "/models/rivulet/demo/"):
        page.goto(server.url + path)
        sizes = page.locator("input:visible, textarea:visible, select:visible").evaluate_all(
            "fields => fields.map(field => parseFloat(getComputedStyle(field).fontSize))"
        )
        assert min(sizes) >= 16, path


def test_what_a_finger_presses_is_large_enough(open_browser, server):
    page = open_browser(width=390, has_touch=True, is_mobile=True)
    for path in ("/", "/login/", "/models/"):
        page.goto(server.url + path)
        small = page.locator("button:visible, select:visible, .button:visible").evaluate_all(
            """each => each.filter(one => one.getBoundingClientRect().height < 43.5)
                 .map(one => one.outerHTML)"""
        )
        assert small == [], path


def test_the_composer_stays_above_a_keyboard_that_covers_the_page(open_browser, server):
    page = open_browser(width=390, has_touch=True, is_mobile=True)
    page.goto(server.url)

    page.evaluate(
        """() => {
          // A keyboard as iOS has it: what is seen is less, the page is as large as before.
          Object.defineProperty(visualViewport, "height", { value: innerHeight - 300 });
          visualViewport.dispatchEvent(new Event("resize"));
        }"""
    )

    box = page.locator("#composer").bounding_box()
    assert box["y"] + box["height"] <= 500


def test_zooming_in_with_two_fingers_moves_nothing(open_browser, server):
    page = open_browser(width=390, has_touch=True, is_mobile=True)
    page.goto(server.url)
    before = page.locator("#composer").bounding_box()

    page.context.new_cdp_session(page).send("Emulation.setPageScaleFactor", {"pageScaleFactor": 2})
    page.wait_for_function("visualViewport.scale === 2")

    assert page.locator("#composer").bounding_box() == before
