"""What the page does when the server goes away under it."""

from playwright.sync_api import expect

from .conftest import Chat

STORY = "Tell me a long story about a river"


def test_after_a_killed_server_the_page_recovers_by_itself(open_browser, make_server):
    server = make_server(DEMO_WORDS_PER_SECOND="20", LEASE_SECONDS="2")
    chat = Chat(open_browser())
    chat.page.goto(server.url)
    chat.ask(STORY)
    chat.wait_for_words(10)

    server.kill()
    expect(chat.answer.locator("[data-meter]")).to_contain_text("reconnecting")
    shown = chat.words
    server.start()
    chat.expect_status("failed", seconds=30)

    assert len(shown.split()) >= 10
    expect(chat.answer).to_contain_text("interrupted")
    assert chat.stored() == shown
    chat.page.get_by_role("button", name="Retry").click()
    chat.wait_for_words(3)
    chat.stop.click()
    chat.expect_status("canceled")
    chat.ask("Are you well?")
    chat.wait_for_words(1)


def test_a_server_that_is_down_keeps_the_text(open_browser, make_server):
    server = make_server()
    chat = Chat(open_browser())
    chat.page.goto(server.url)
    server.kill()

    chat.ask("Do not lose me")

    expect(chat.page.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(chat.box).to_have_value("Do not lose me")
    server.start()
    chat.send.click()
    chat.wait_for_words(1)
    expect(chat.page.locator("article.message")).to_have_count(2)
