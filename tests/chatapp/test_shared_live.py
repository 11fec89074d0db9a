"""An answer that is being written, heard by a shared link on a real server: no longer than that."""

import re

import httpx
import pytest

from tests.doorbells import Visitor
from tests.listening import listen

REVOKE = """
from chatapp.models import Share
Share.objects.get(token="{}").{}
"""
ENDINGS = {
    "revoked": "revoke()",
    "expired": "__class__.objects.update(expires_at='2020-01-01T00:00Z')",
}


@pytest.fixture
def server(make_server):
    return make_server(DEMO_WORDS_PER_SECOND="10")


@pytest.fixture
def shared(server) -> str:
    """The address of a link to a conversation that is being answered."""
    visitor = Visitor(server)
    id = visitor.ask("Tell me a short story about a river")["conversation"]
    html = visitor.post(f"/c/{id}/share/", days="7").json()["html"]
    return re.search(r'value="(http[^"]+/share/[^"]+)"', html)[1]


def stream_of(shared: str, server) -> str:
    page = httpx.get(shared).text
    return server.url + re.search(r'data-stream-url="([^"]+)"', page)[1]


@pytest.mark.parametrize("how", ENDINGS)
def test_readers_hear_no_more_once_the_link_is_over(server, shared, how):
    url = stream_of(shared, server)
    heard = listen(url)
    next(heard)

    server.shell(REVOKE.format(shared.split("/")[4], ENDINGS[how]))
    rest = list(heard)

    assert "done" not in [each.event for each in rest], "they heard it to its end"
    assert httpx.get(url).status_code == 404


def test_readers_hear_an_answer_to_its_end(server, shared):
    heard = list(listen(stream_of(shared, server)))

    assert {"output", "rendered", "done"} <= {each.event for each in heard}


def test_a_link_opens_the_stream_of_its_own_conversation_only(server, shared):
    visitor = Visitor(server)
    visitor.ask("Tell me a short story about a river")
    other = visitor.post("/ask/", text="Tell me a short story about a river").json()
    message = re.search(r'data-role="assistant"[^>]* data-id="([^"]+)"', other["messages"][1])[1]

    assert httpx.get(f"{shared}live/{message}").status_code == 404
