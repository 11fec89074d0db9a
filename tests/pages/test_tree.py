"""Branching, as a visitor lives it: by mouse, by keys alone, in two tabs, without a script."""

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import SHORT, STORY, Chat


@pytest.fixture
def answered(chat) -> Chat:
    """A chat whose question was answered."""
    chat.ask(SHORT)
    finish(chat, turns=2)
    return chat


def finish(chat: Chat, turns: int) -> None:
    """Wait until so many turns are shown and the last one is an answer that has ended."""
    expect(chat.page.locator("article.message")).to_have_count(turns)
    expect(chat.page.locator("[data-running]")).to_have_count(0, timeout=20_000)
    chat.expect_status("succeeded")


def choose(chat: Chat, name: str, answer=None) -> None:
    """Press an item of an answer's menu."""
    answer = answer or chat.answer
    answer.get_by_role("button", name="More").click()
    answer.locator(".menu__item", has_text=name).click()


def regenerate(chat: Chat) -> None:
    choose(chat, "Regenerate")
    expect(chat.page.locator("[data-running]")).to_have_count(1)
    finish(chat, turns=2)
    expect(version(chat.page)).to_have_accessible_name("Version 2 of 2")


def turns(page: Page) -> list[str]:
    return page.locator("article.message .message__body:visible").all_inner_texts()


def look_again(chat: Chat) -> None:
    """Once the page that is sent as the answer is written has come to its end."""
    expect(chat.answer.locator(".meter")).to_be_visible(timeout=20_000)
    chat.page.reload()
    chat.expect_status("succeeded")


def version(page: Page, role: str = "assistant"):
    return page.locator(f"article[data-role={role}]").last.get_by_role("group", name="Version")


def test_an_answer_is_regenerated_and_both_can_be_paged_through(answered):
    first = answered.words
    regenerate(answered)

    answered.page.get_by_role("button", name="Previous version").click()

    expect(version(answered.page)).to_have_accessible_name("Version 1 of 2")
    expect(answered.page.get_by_role("button", name="Next version")).to_be_focused()
    assert answered.words == first


def test_another_model_answers_again_for_once(answered):
    chosen = answered.page.get_by_label("Model", exact=True).input_value()
    answered.answer.get_by_role("button", name="More").click()
    models = answered.answer.get_by_label("with")
    expect(models).to_have_value(chosen)

    models.select_option("meta/llama-2-70b-chat")
    answered.answer.get_by_role("button", name="Regenerate").click()
    expect(answered.page.locator("[data-running]")).to_have_count(1)
    finish(answered, turns=2)

    expect(version(answered.page)).to_contain_text("llama-2-70b-chat")
    answered.page.get_by_role("button", name="Previous version").click()
    expect(version(answered.page)).to_contain_text(chosen.partition("/")[2])
    answered.page.reload()
    expect(answered.page.get_by_label("Model", exact=True)).to_have_value(chosen)


def test_an_earlier_answer_is_regenerated_and_what_followed_comes_back_with_it(answered):
    answered.ask("Hello")
    finish(answered, turns=4)
    before = turns(answered.page)
    assert len(before) == 4

    choose(answered, "Regenerate", answered.page.locator("[data-role=assistant]").first)
    finish(answered, turns=2)
    answered.page.get_by_role("button", name="Previous version").click()

    expect(answered.page.locator("article.message")).to_have_count(4)
    assert turns(answered.page) == before


def test_another_tab_follows_to_the_version_that_is_shown(answered):
    other = Chat(answered.page.context.new_page())
    regenerate(answered)
    other.page.goto(answered.page.url)
    expect(version(other.page)).to_have_accessible_name("Version 2 of 2")

    answered.page.get_by_role("button", name="Previous version").click()

    expect(version(other.page)).to_have_accessible_name("Version 1 of 2")
    other.page.reload()
    expect(version(other.page)).to_have_accessible_name("Version 1 of 2")


def test_a_tab_that_has_not_seen_the_newest_turn_is_told_and_looks_again(answered):
    page = answered.page
    page.route("**/retry/", lambda route: route.continue_(post_data=stale(route.request.post_data)))

    choose(answered, "Regenerate")

    expect(page.get_by_role("alert")).to_contain_text("gone on in another window")
    expect(page.locator("article.message")).to_have_count(2)


def stale(body: str) -> str:
    """The form as a page would send it that shows another last turn."""
    return re.sub(
        r'(name="head"\r\n\r\n)[0-9a-f-]+', r"\g<1>00000000-0000-0000-0000-000000000000", body
    )


def test_while_an_answer_runs_nothing_that_would_be_refused_is_offered(answered):
    choose(answered, "Regenerate")
    answered.wait_for_words(1)

    expect(answered.page.get_by_role("link", name="Edit this message")).to_be_hidden()
    expect(answered.page.get_by_role("group", name="Version")).to_be_hidden()
    answered.expect_status("succeeded")
    expect(answered.page.get_by_role("link", name="Edit this message")).to_be_visible()


def test_a_question_is_edited_in_its_place(answered):
    page = answered.page
    page.get_by_role("link", name="Edit this message").click()
    box = page.get_by_role("textbox", name="Edit this message")
    expect(box).to_be_focused()
    expect(box).to_have_value(SHORT)

    box.press("Shift+Enter")
    box.type("Really?")
    box.press("Enter")

    expect(page.locator("[data-role=user] .message__body")).to_have_text(f"{SHORT}\nReally?")
    expect(page.locator("article.message")).to_have_count(2)
    expect(answered.box).to_be_focused()
    answered.expect_status("succeeded")
    version(page, "user").get_by_role("button", name="Previous version").click()
    expect(page.locator("[data-role=user] .message__body")).to_have_text(SHORT)
    page.get_by_role("link", name="Edit this message").click()
    expect(box).to_have_value(SHORT)


def test_escape_leaves_the_editor_and_keeps_what_was_typed_through_a_reload(answered):
    page = answered.page
    edit = page.get_by_role("link", name="Edit this message")
    edit.click()
    box = page.get_by_role("textbox", name="Edit this message")
    box.fill("Half a thought")

    box.press("Escape")

    expect(box).to_have_count(0)
    expect(edit).to_be_focused()
    expect(page.locator("[data-role=user] .message__body")).to_have_text(SHORT)
    page.reload()
    edit.click()
    expect(box).to_have_value("Half a thought")


def test_an_edit_that_says_nothing_is_refused_and_the_editor_stays(answered):
    answered.page.get_by_role("link", name="Edit this message").click()
    box = answered.page.get_by_role("textbox", name="Edit this message")
    box.fill(" ")
    box.press("Enter")

    expect(answered.page.get_by_role("alert")).to_contain_text("nothing to send")
    expect(box).to_be_visible()


def test_an_answer_goes_on_after_the_very_word_that_was_chosen(answered):
    whole = answered.stored()
    choose(answered, "Rewind")
    page = answered.page
    word = page.locator(".rewind label", has_text="language").first
    word.click()
    later = page.locator(".rewind label", has_text="understanding")
    expect(later).not_to_have_css("color", word.evaluate("word => getComputedStyle(word).color"))

    page.get_by_role("button", name="Continue from here").click()
    expect(page.locator(".rewind")).to_have_count(0)
    finish(answered, turns=2)

    expect(answered.answer).to_contain_text("Continued after “…")
    expect(answered.answer.locator(".seam")).to_have_count(1)
    kept = whole[: whole.index("language") + len("language")]
    seam = """body => {
      const range = document.createRange();
      range.setStart(body, 0);
      range.setEndBefore(body.querySelector(".seam"));
      return range.toString();
    }"""
    assert answered.answer.locator(".message__body").evaluate(seam) == kept
    assert answered.stored() == whole  # the demo goes on exactly with what it has begun


def test_a_question_is_asked_from_the_word_that_was_chosen_by_keys_alone(answered):
    page, keys = answered.page, answered.page.keyboard
    whole = answered.stored()
    page.get_by_role("button", name="More").focus()
    keys.press("Enter")
    expect(page.get_by_role("button", name="Regenerate")).to_be_focused()
    for key in ("ArrowDown", "ArrowDown"):
        keys.press(key)
    expect(page.get_by_role("link", name="Rewind to a word…")).to_be_focused()
    keys.press("Enter")
    expect(page.get_by_role("radio").first).to_be_focused()
    for _ in range(4):
        keys.press("ArrowRight")
    expect(page.locator(".rewind label:has(:checked)")).to_have_text(whole.split()[4])

    page.get_by_role("button", name="Ask from here").focus()
    keys.press("Enter")

    expect(answered.answer.locator(".message__body")).to_have_text(" ".join(whole.split()[:5]))
    assert answered.stored() == " ".join(whole.split()[:5])
    expect(answered.box).to_be_focused()
    keys.type("Hello")
    keys.press("Enter")
    finish(answered, turns=4)


def test_escape_leaves_rewinding_and_the_menu(answered):
    page = answered.page
    more = page.get_by_role("button", name="More")
    more.focus()
    page.keyboard.press("Enter")
    expect(answered.answer.locator(".menu__item").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(more).to_be_focused()

    choose(answered, "Rewind")
    expect(page.locator(".rewind")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.locator(".rewind")).to_have_count(0)
    expect(answered.answer.locator(".message__body")).to_be_visible()
    expect(more).to_be_focused()


def test_no_word_chosen_is_no_place_to_go_on_from(answered):
    choose(answered, "Rewind")

    answered.page.get_by_role("button", name="Continue from here").click()

    expect(answered.page.locator(".rewind")).to_be_visible()
    expect(answered.page.locator("article.message")).to_have_count(2)


def test_a_stopped_answer_goes_on_with_a_seam(chat):
    chat.ask(STORY)
    chat.wait_for_words(5)
    chat.stop.click()
    chat.expect_status("canceled", seconds=3)
    kept = chat.stored()

    chat.page.locator(".message__end").get_by_role("button", name="Continue").click()
    chat.page.wait_for_function(
        "n => document.querySelector('[data-running] .message__body')?.textContent.length >= n",
        arg=len(kept) + 5,
    )

    expect(chat.answer).to_contain_text("Continued after “…")
    assert chat.words.startswith(kept)
    chat.page.reload()
    expect(chat.answer).to_contain_text("Continued after “…")
    chat.stop.click()
    chat.expect_status("canceled", seconds=3)
    assert chat.stored().startswith(kept)
    assert len(chat.stored()) > len(kept)


def test_an_answer_that_the_conversation_went_on_from_can_be_retried(chat):
    chat.ask(STORY)
    chat.wait_for_words(3)
    chat.stop.click()
    chat.expect_status("canceled", seconds=3)
    chat.ask(SHORT)
    finish(chat, turns=4)

    chat.page.get_by_role("button", name="Retry").click()

    expect(chat.page.locator("article.message")).to_have_count(2)
    chat.wait_for_words(3)
    chat.stop.click()
    chat.expect_status("canceled", seconds=3)


def test_a_fork_is_another_conversation(answered):
    page = answered.page
    url = page.url
    choose(answered, "Fork")

    expect(page).not_to_have_url(url)
    expect(page.get_by_text("Forked from")).to_be_visible()
    answered.ask("Hello")
    finish(answered, turns=4)
    page.get_by_role("link", name=SHORT, exact=True).first.click()
    expect(page.get_by_text("Forked here:")).to_be_visible()
    expect(page.locator("article.message")).to_have_count(2)


def test_on_a_phone_every_tool_is_there_and_wide_enough(open_browser, server):
    chat = Chat(open_browser(width=390, height=844, has_touch=True, is_mobile=True))
    chat.page.goto(server.url)
    chat.ask(SHORT)
    chat.expect_status("succeeded")

    for tool in chat.page.locator(".message__foot :is(a, button):visible").all():
        assert tool.bounding_box()["height"] >= 44
        assert tool.evaluate("tool => getComputedStyle(tool).opacity") == "1"
    chat.answer.get_by_role("button", name="More").tap()
    for item in chat.answer.locator(".menu__item").all():
        box = item.bounding_box()
        assert box["height"] >= 44
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    chat.answer.locator(".menu__item", has_text="Rewind").tap()
    expect(chat.page.locator(".rewind")).to_be_visible()
    assert chat.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_javascript_every_branch_can_be_taken(open_browser, server):
    chat = Chat(open_browser(java_script_enabled=False))
    page = chat.page
    page.goto(server.url)
    chat.box.fill(SHORT)
    chat.send.click()
    look_again(chat)
    page.get_by_role("link", name="Edit this message").click()
    page.get_by_role("textbox", name="Edit this message").fill("Hello")
    page.get_by_role("button", name="Save and send").click()
    expect(page.locator("[data-role=user]")).to_contain_text("Hello")
    look_again(chat)

    version(page, "user").get_by_role("button", name="Previous version").click()
    expect(page.locator("[data-role=user] .message__body")).to_have_text(SHORT)
    choose(chat, "Rewind")
    page.get_by_role("radio", name="rule-based").check()
    page.get_by_role("button", name="Ask from here").click()

    expect(chat.answer.locator(".message__body")).to_have_text("I am a rule-based")
