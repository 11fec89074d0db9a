"""Chatting, as a visitor lives it."""

import re

from playwright.sync_api import expect

from tests.listening import listen

from .conftest import SHORT, STORY, Chat


def test_the_address_becomes_the_conversations_and_the_box_is_empty(chat):
    chat.ask(STORY)

    expect(chat.page).to_have_url(re.compile(r"/c/[0-9a-f-]{36}/$"))
    expect(chat.box).to_have_value("")
    expect(chat.page).to_have_title(f"{STORY} · Rivulet")
    expect(chat.page.locator(".sidebar__link", has_text=STORY)).to_be_visible()


def test_stop_keeps_what_was_shown_and_another_question_can_be_asked(chat):
    chat.ask(STORY)
    chat.wait_for_words(5)

    chat.stop.click()
    chat.expect_status("canceled", seconds=3)

    expect(chat.answer).to_contain_text("Stopped")
    assert 5 <= len(chat.words.split()) < 30
    expect(chat.send).to_be_visible()
    chat.ask("Go on")
    chat.wait_for_words(1)


def test_stop_works_after_a_reload(chat):
    chat.ask(STORY)
    chat.wait_for_words(3)

    chat.page.reload()
    chat.stop.click()

    chat.expect_status("canceled", seconds=3)


def test_a_stopped_answer_can_be_retried(chat):
    chat.ask(SHORT)
    chat.wait_for_words(2)
    chat.stop.click()
    chat.expect_status("canceled", seconds=3)

    chat.page.get_by_role("button", name="Retry").click()

    expect(chat.page.locator("article.message[data-role=assistant]")).to_have_count(1)
    chat.expect_status("succeeded")


def test_a_draft_survives_a_reload(chat):
    chat.box.fill("Half a thought")

    chat.page.reload()

    expect(chat.box).to_have_value("Half a thought")


def test_enter_sends_and_shift_enter_breaks_the_line(chat):
    chat.box.type("One")
    chat.box.press("Shift+Enter")
    chat.box.type("Two")
    expect(chat.box).to_have_value("One\nTwo")

    chat.box.press("Enter")

    expect(chat.page.locator("article.message[data-role=user] .message__body")).to_have_text(
        re.compile("One\nTwo")
    )


def test_enter_in_an_input_method_does_not_send(chat):
    chat.box.fill("かな")
    chat.box.dispatch_event("keydown", {"key": "Enter", "isComposing": True})

    chat.page.wait_for_timeout(50)
    expect(chat.page.locator("article.message")).to_have_count(0)


def test_a_suggestion_is_one_click(chat):
    chat.page.get_by_role("button", name="table").click()

    chat.wait_for_words(1)
    expect(chat.page.locator("article.message[data-role=user]")).to_contain_text("table")


def test_the_status_says_answering_and_done_but_no_words(chat):
    chat.page.evaluate(
        """() => {
          window.said = [];
          const status = document.querySelector("[role=status]");
          new MutationObserver(() => window.said.push(status.textContent))
            .observe(status, { childList: true });
        }"""
    )
    chat.ask(SHORT)
    chat.expect_status("succeeded")

    began, done = chat.page.evaluate("window.said")
    assert began == "Answering"
    assert re.fullmatch(r"Done, \d+ words", done)
    assert chat.page.locator("[aria-live], [role=log]").count() == 0


def test_the_keyboard_stays_in_the_box(chat):
    chat.ask(SHORT)
    chat.wait_for_words(3)

    expect(chat.box).to_be_focused()
    chat.expect_status("succeeded")
    expect(chat.box).to_be_focused()


def test_a_reader_who_scrolled_away_is_not_moved(open_browser, server):
    chat = Chat(open_browser(height=400))
    chat.page.goto(server.url)
    chat.ask(SHORT + "about a very long river\n" * 30)
    chat.wait_for_words(4)

    began = chat.page.evaluate("scrollY")
    chat.page.mouse.move(640, 200)
    chat.page.mouse.wheel(0, -300)
    chat.page.wait_for_function("began => scrollY <= began - 300", arg=began)
    expect(chat.page.get_by_role("button", name="Latest")).to_be_visible()
    place = chat.page.evaluate("scrollY")
    chat.expect_status("succeeded")

    assert abs(chat.page.evaluate("scrollY") - place) < 2
    chat.page.get_by_role("button", name="Latest").click()
    expect(chat.page.get_by_role("button", name="Latest")).to_be_hidden()


def test_markdown_is_rendered_while_it_comes(chat):
    chat.ask("Show me a table and some code")
    expect(chat.answer.locator("live-answer .message__body table")).to_be_visible()

    chat.expect_status("succeeded", seconds=30)

    expect(chat.answer.locator(".message__body table")).to_be_visible()
    expect(chat.answer.get_by_role("button", name="Copy this code").first).to_be_visible()


def test_on_a_phone_nothing_is_wider_than_the_screen(open_browser, server):
    chat = Chat(open_browser(width=390, height=844, has_touch=True, is_mobile=True))
    chat.page.goto(server.url)
    chat.ask("Averyveryverylongword" * 20)
    chat.wait_for_words(1)

    assert chat.page.evaluate("document.documentElement.scrollWidth") <= 390
    chat.page.get_by_role("button", name="Conversations").tap()
    expect(chat.page.get_by_role("link", name=re.compile("^Averyvery"))).to_be_in_viewport()
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_role("link", name=re.compile("^Averyvery"))).to_be_hidden()
    chat.expect_status("succeeded")


def test_without_javascript_the_conversation_is_there(open_browser, server):
    chat = Chat(open_browser(java_script_enabled=False))
    chat.page.goto(server.url)
    chat.box.fill(SHORT)
    chat.send.click()

    expect(chat.page).to_have_url(re.compile(r"/c/[0-9a-f-]{36}/live/$"))
    expect(chat.page.locator("article.message[data-role=user]")).to_contain_text(SHORT)
    expect(chat.answer.locator(".message__foot")).to_be_attached(timeout=20_000)
    chat.page.goto(chat.page.url.removesuffix("live/"))
    expect(chat.answer).to_have_attribute("data-status", "succeeded")


def test_a_fine_tuned_version_can_be_chosen_and_answers(chat, server):
    server.manage("versions", "add", "me/pirate", "--base", "meta/llama-2-70b-chat")
    chat.page.reload()

    chat.page.get_by_label("Model").select_option("me/pirate")
    chat.ask(SHORT)

    chat.expect_status("succeeded")
    assert chat.words
    assert server.manage("versions", "list").count("me/pirate:") == 1


def test_a_prediction_of_a_fine_tuned_version_has_a_stream(server):
    server.manage("versions", "add", "me/parrot", "--base", "meta/llama-2-70b-chat")

    created = server.create("me/parrot", max_new_tokens=3)

    heard = list(listen(created["urls"]["stream"]))
    assert [each.event for each in heard] == ["output"] * 3 + ["done"]
    assert server.ended(created["id"])["model"] == "me/parrot"
