"""The admin, under the same strict Content-Security-Policy as the rest (the page fixture checks)."""

import pytest

from .conftest import Chat


@pytest.fixture
def admin(open_browser, server):
    page = open_browser()
    page.goto(f"{server.url}/admin/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(server.password)
    page.get_by_role("button", name="Log in").click()
    return page


def test_the_admin_works_under_the_strict_policy(admin, server):
    chat = Chat(admin)
    admin.goto(server.url)
    chat.ask("<img src=x onerror=alert(1)> What are you?")
    chat.wait_for_words(3)

    for path in (
        "chatapp/conversation",
        "chatapp/message",
        "predictions/prediction",
        "predictions/version",
        "predictions/upstream",
    ):
        admin.goto(f"{server.url}/admin/{path}/")
        admin.locator("#result_list tbody th a").first.click()
        assert admin.locator("#content h1").count() == 1, path
    admin.goto(f"{server.url}/admin/chatapp/conversation/")
    admin.locator("#result_list tbody th a").first.click()
    assert "<img src=x" in admin.locator("#content").inner_text()
