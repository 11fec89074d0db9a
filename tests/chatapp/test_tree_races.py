"""Branching from many windows at once, against a real server."""

import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.running import wait_until

WINDOWS = 12


class Visitor:
    """A browser, as far as forms go: its cookies, and JSON for an answer."""

    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=url, timeout=60)
        self.client.get("/")

    def post(self, path: str, **fields: str) -> httpx.Response:
        headers = {
            "Accept": "application/json",
            "X-CSRFToken": self.client.cookies["csrftoken"],
        }
        return self.client.post(path, data=fields, headers=headers)

    def ids(self, conversation: str) -> list[str]:
        page = self.client.get(f"/c/{conversation}/").text
        return re.findall(r'<article [^>]*data-id="([^"]+)"', page)

    def is_running(self, conversation: str) -> bool:
        return "data-running" in self.client.get(f"/c/{conversation}/").text


@pytest.fixture
def visitor(server):
    visitor = Visitor(server.url)
    yield visitor
    visitor.client.close()


@pytest.fixture
def answered(visitor) -> tuple[str, str, str]:
    """The ids of a conversation, its question and its answer, which has ended."""
    conversation = visitor.post("/ask/", text="[Be quick]").json()["conversation"]
    wait_until(lambda: not visitor.is_running(conversation), seconds=20)
    return conversation, *visitor.ids(conversation)


def at_once(visitor: Visitor, path: str, **fields: str) -> list[int]:
    with ThreadPoolExecutor(WINDOWS) as windows:
        replies = windows.map(lambda _: visitor.post(path, **fields), range(WINDOWS))
    return [reply.status_code for reply in replies]


@pytest.mark.parametrize(
    ("verb", "fields"),
    [("retry", {}), ("continue", {}), ("rewind", {"at": "5", "then": "ask"})],
)
def test_of_many_windows_one_branches_and_the_others_are_told(visitor, answered, verb, fields):
    conversation, question, answer = answered

    statuses = at_once(visitor, f"/messages/{answer}/{verb}/", head=answer, **fields)

    assert set(statuses) <= {200, 409}
    assert 200 in statuses
    page = visitor.client.get(f"/c/{conversation}/").text
    assert visitor.ids(conversation)[0] == question
    assert visitor.ids(conversation)[1] != answer
    assert "Version 2 of 2" in page or "data-running" in page
    wait_until(lambda: not visitor.is_running(conversation), seconds=20)
    assert "Version 2 of 2" in visitor.client.get(f"/c/{conversation}/").text


def test_an_edit_sent_from_many_windows_is_one_turn(visitor, answered):
    conversation, question, answer = answered
    id = "6f1d6f0e-6c9e-4f39-8a6b-0c1d5a2b7e11"

    statuses = at_once(
        visitor, f"/messages/{question}/edit/", text="Hello", message_id=id, head=answer
    )

    assert set(statuses) == {200}
    assert visitor.ids(conversation)[0] == id
    wait_until(lambda: not visitor.is_running(conversation), seconds=20)
    page = visitor.client.get(f"/c/{conversation}/").text
    assert page.count("Version 2 of 2") == 1
