"""Finding a model and trying it, as a visitor lives it."""

import json
import re
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from .conftest import STORY

HOSTILE = '</script><img src="https://x.invalid/x" onerror="alert(1)">\\"\'><svg onload=alert(1)>'
WATCH = """() => {
  window.heard = [];
  new MutationObserver(() => {
    const text = document.querySelector("live-answer .message__body")?.textContent ?? "";
    if (text && text !== window.heard.at(-1)?.text) {
      window.heard.push({ at: performance.now(), text });
    }
  }).observe(document.querySelector("[data-answer]"), { childList: true, subtree: true });
}"""


class ModelPage:
    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.page.goto(url)
        self.prompt = page.get_by_label("Prompt", exact=True)
        self.run = page.get_by_role("button", name="Run")
        self.stop = page.get_by_role("button", name="Stop")
        self.answer = page.locator("[data-answer] article")

    def ask(self, text: str) -> None:
        self.prompt.fill(text)
        self.run.click()

    def words(self) -> str:
        return self.answer.evaluate(
            """answer => answer.querySelector("live-answer")?.source
                 ?? answer.querySelector(".message__body").textContent"""
        )

    def wait_for_words(self, count: int) -> None:
        self.page.wait_for_function(
            """count => document.querySelector("[data-answer] .message__body")
                 ?.textContent.match(/\\S+/g)?.length >= count""",
            arg=count,
            timeout=10_000,
        )

    def expect_status(self, status: str, seconds: float = 20) -> None:
        expect(self.answer).to_have_attribute("data-status", status, timeout=seconds * 1000)

    def stored(self) -> str:
        url = self.answer.locator("copy-button").get_attribute("data-url")
        return self.page.evaluate("url => fetch(url).then(reply => reply.text())", url)


@pytest.fixture
def demo(page, server) -> ModelPage:
    return ModelPage(page, f"{server.url}/models/rivulet/demo/")


def test_a_model_is_found_and_tried(page, server):
    page.goto(server.url)
    page.get_by_role("link", name="Models").click()
    page.get_by_role("searchbox", name="Search the models").fill("no such thing at all")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing found")).to_be_visible()
    page.get_by_role("searchbox", name="Search the models").fill("rule-based")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="demo").click()

    page.get_by_label("Prompt", exact=True).fill("What are you?")
    page.get_by_role("button", name="Run").click()

    expect(page.locator("article")).to_have_attribute("data-status", "succeeded", timeout=20_000)
    expect(page.locator("article .meter")).to_contain_text(re.compile(r"\d+ words in \d+\.\d s"))


def test_what_may_be_searched_for_can_be_read(open_browser, server):
    dark = open_browser(color_scheme="dark")

    dark.goto(f"{server.url}/models/")

    hint, words = dark.evaluate(
        """() => [["#query", "::placeholder"], [".sheet__lead", ""]].map(([selector, part]) =>
             getComputedStyle(document.querySelector(selector), part).color)"""
    )
    assert hint == words


def test_words_appear_one_by_one_and_are_what_is_stored(demo):
    demo.page.evaluate(WATCH)
    demo.ask("What are you?")
    demo.expect_status("succeeded")

    heard = demo.page.evaluate("window.heard")
    grown = [len(later["text"]) - len(sooner["text"]) for sooner, later in pairwise(heard)]
    gaps = [later["at"] - sooner["at"] for sooner, later in pairwise(heard)]
    assert len(heard) > 20
    assert max(grown[:-1]) < 30, "several words came at once"
    assert sum(gap > 20 for gap in gaps) > len(gaps) * 0.7, "the words came in lumps"
    assert demo.stored().startswith(heard[-1]["text"])


def test_stop_keeps_what_was_shown_and_retry_asks_again(demo):
    demo.ask(STORY)
    demo.wait_for_words(5)

    demo.stop.click()
    demo.expect_status("canceled", seconds=3)
    assert 5 <= len(demo.words().split()) < 40
    expect(demo.run).to_be_visible()
    demo.page.get_by_role("button", name="Retry").click()

    demo.wait_for_words(3)
    expect(demo.answer).to_have_count(1)
    demo.stop.click()
    demo.expect_status("canceled", seconds=3)


def test_a_reload_in_mid_answer_goes_on_and_can_be_stopped(demo, open_browser):
    demo.ask(STORY)
    demo.wait_for_words(8)
    expect(demo.page).to_have_url(re.compile(r"\?prediction=[a-z2-7]{26}$"))

    demo.page.reload()
    assert len(demo.words().split()) >= 8
    expect(demo.prompt).to_have_value(STORY)
    demo.wait_for_words(20)
    live = demo.words()
    stranger = open_browser()
    assert stranger.request.get(demo.page.url).status == 404
    demo.stop.click()
    demo.expect_status("canceled", seconds=3)

    assert demo.stored().startswith(live)


def test_a_failure_says_why_and_offers_a_retry(demo):
    demo.page.get_by_text("More inputs").click()
    demo.page.get_by_label("Fail after").fill("2")
    demo.ask("Tell me a story")

    demo.expect_status("failed")

    expect(demo.answer.locator(".message__end p")).not_to_be_empty()
    expect(demo.page.get_by_role("button", name="Retry")).to_be_visible()


def test_a_wrong_input_is_marked_focused_and_mended(demo):
    demo.prompt.fill("Kept")
    demo.page.get_by_text("More inputs").click()
    temperature = demo.page.get_by_label("Temperature")
    temperature.fill("9")
    demo.page.get_by_text("More inputs").click()
    with demo.page.expect_response(lambda reply: reply.status == 422):
        demo.prompt.press("Control+Enter")

    expect(temperature).to_be_focused()
    expect(temperature).to_have_attribute("aria-invalid", "true")
    expect(temperature).to_have_accessible_description(re.compile("less than or equal to 5"))
    expect(demo.prompt).to_have_value("Kept")
    temperature.fill("0")
    demo.run.click()
    demo.expect_status("succeeded")
    expect(demo.page.locator("[data-wrong]")).to_have_count(0)


def test_the_tabs_and_the_code_work_from_the_keyboard(demo):
    demo.prompt.fill('It\'s "me"')
    tab = demo.page.get_by_role("tab", name="curl")
    panel = demo.page.get_by_role("tabpanel")
    expect(panel.locator("pre")).to_contain_text("It'\"'\"'s")

    tab.focus()
    demo.page.keyboard.press("ArrowRight")
    expect(demo.page.get_by_role("tab", name="Python")).to_be_focused()
    expect(panel).to_have_count(1)
    expect(panel.locator("pre")).to_contain_text("'It\\'s \"me\"'")
    demo.page.keyboard.press("End")
    expect(panel.get_by_role("rowheader", name="prompt", exact=False).first).to_be_visible()
    demo.page.keyboard.press("ArrowRight")
    expect(tab).to_be_focused()


def test_hostile_models_do_nothing_on_any_page(open_browser, server):
    page, asked = open_browser(), []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append("dialog"))
    text = {"type": "string", "title": HOSTILE, "description": HOSTILE, "default": HOSTILE}
    properties = {"prompt": text, HOSTILE: text, "pick": {"enum": [HOSTILE], "title": HOSTILE}}
    server.shell(
        f"""
import json
from predictions.models import LanguageModel, Upstream, Version
from predictions.upstreams.schemas import streaming_schema
text, properties = {HOSTILE!r}, json.loads({json.dumps(properties)!r})
model = LanguageModel.objects.create(owner="evil", name="model", description=text,
    github_url="javascript:alert(1)", cover_image_url="https://x.invalid/cover.png")
model.versions.create(id="e" * 64, upstream=Upstream.objects.get(name="demo"),
    upstream_model="demo", openapi_schema=streaming_schema(properties))
"""
    )

    page.goto(f"{server.url}/models/?q=evil")
    page.get_by_role("link", name="model", exact=True).click()
    page.get_by_text("More inputs").click()
    page.locator("textarea").first.fill(HOSTILE)
    page.get_by_role("button", name="Run").click()
    expect(page.locator("article[data-status=succeeded]")).to_be_visible(timeout=20_000)
    for name in ("Browser", "Schema"):
        page.get_by_role("tab", name=name).click()
    page.reload()

    assert page.locator("main img, main svg:not(.icon)").count() == 0
    assert [url for url in asked if not url.startswith(server.url)] == []


def test_every_field_has_a_label_and_the_headings_are_in_order(demo):
    demo.page.get_by_text("More inputs").click()

    labels = demo.page.evaluate(
        "[...document.querySelectorAll('main :is(input:not([type=hidden]), textarea, select)')]"
        ".map(field => field.labels[0]?.textContent.trim() ?? '')"
    )
    levels = demo.page.evaluate(
        "[...document.querySelectorAll('main :is(h1, h2, h3)')].map(each => +each.tagName[1])"
    )
    names = demo.page.evaluate(
        "[...document.querySelectorAll('main button, main a')]"
        ".map(each => (each.getAttribute('aria-label') ?? each.textContent).trim())"
    )
    ids = demo.page.evaluate("[...document.querySelectorAll('[id]')].map(each => each.id)")
    assert len(labels) == 6
    assert all(labels)
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= sooner + 1 for sooner, later in pairwise(levels))
    assert all(names)
    assert len(ids) == len(set(ids))


def test_without_javascript_a_model_can_be_tried_and_stopped(open_browser, server):
    demo = ModelPage(open_browser(java_script_enabled=False), f"{server.url}/models/rivulet/demo/")
    demo.ask(STORY)

    expect(demo.page).to_have_url(re.compile(r"\?prediction="))
    expect(demo.prompt).to_have_value(STORY)
    demo.stop.click()
    expect(demo.answer).to_have_attribute("data-status", "canceled", timeout=15_000)
    demo.page.get_by_role("button", name="Retry").click()
    expect(demo.answer).to_have_attribute("data-running", "")
    demo.stop.click()
    expect(demo.answer).to_have_attribute("data-status", "canceled", timeout=15_000)
    demo.prompt.fill("Only for the code")
    demo.page.get_by_role("button", name="Update the code below").click()
    expect(demo.page.locator("pre", has_text="Only for the code")).to_have_count(4)


def test_on_a_phone_nothing_is_wider_than_the_screen(open_browser, server):
    page = open_browser(width=390, height=844, has_touch=True, is_mobile=True)

    for path in ("/models/", "/models/meta/llama-2-70b-chat/"):
        page.goto(server.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("tab", name="Schema").tap()
    page.get_by_text("More inputs").tap()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small = page.evaluate(
        "[...document.querySelectorAll('main :is(button, summary, input:not([type=hidden]), "
        ".bar a, .version__id)')]"
        ".filter(each => each.checkVisibility() && each.offsetHeight < 44)"
        ".map(each => each.outerHTML)"
    )
    assert small == []


def test_a_server_that_is_down_keeps_the_form(open_browser, make_server):
    server = make_server()
    demo = ModelPage(open_browser(), f"{server.url}/models/rivulet/demo/")
    server.kill()

    demo.ask("Do not lose me")

    expect(demo.page.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(demo.prompt).to_have_value("Do not lose me")
    server.start()
    demo.run.click()
    demo.wait_for_words(1)


def test_a_model_whose_words_come_only_at_the_end_can_be_tried(open_browser, server):
    server.shell(
        """
from predictions.models import LanguageModel, Upstream
from predictions.upstreams.demo.schema import SCHEMA
import copy
schema = copy.deepcopy(SCHEMA)
schema["components"]["schemas"]["Output"] = {"type": "string", "title": "Output"}
model = LanguageModel.objects.create(owner="quiet", name="model")
model.versions.create(id="d" * 64, upstream=Upstream.objects.get(name="demo"),
    upstream_model="demo", openapi_schema=schema)
"""
    )
    quiet = ModelPage(open_browser(), f"{server.url}/models/quiet/model/")

    quiet.ask("What are you?")

    quiet.expect_status("succeeded")
    assert len(quiet.words().split()) > 10
