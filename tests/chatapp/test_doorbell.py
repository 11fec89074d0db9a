"""The doorbell, over the network: who hears what, and who does not."""

import asyncio
import time

import aiohttp
import httpx
import pytest

from tests.doorbells import Visitor, at_the_door, ring_of

NOBODY = 4401


@pytest.fixture
def visitor(server) -> Visitor:
    return Visitor(server)


def hear(door, then=lambda: None, count: int = 1) -> list[str]:
    """The conversations that ring after `then`, once the door has said its first word."""

    async def listen():
        async with door as socket:
            assert await ring_of(socket) == ""
            await asyncio.to_thread(then)
            return [await ring_of(socket) for _ in range(count)]

    return asyncio.run(listen())


def closed_with(door) -> int:
    async def listen():
        async with door as socket:
            return await code_of(socket)

    return asyncio.run(listen())


async def code_of(socket) -> int:
    """With which the server closes it."""
    async with asyncio.timeout(5):
        while (said := await socket.receive()).type is not aiohttp.WSMsgType.CLOSE:
            pass
    return said.data


def test_a_new_turn_and_its_end_ring_at_its_visitor(server, visitor):
    first = visitor.ask()

    heard = hear(
        at_the_door(server, visitor.cookie),
        lambda: visitor.post(f"/messages/{answer_in(first)}/stop/"),
    )

    assert heard == [first["conversation"]]


def test_a_ring_comes_within_a_second(server, visitor):
    visitor.ask()
    began = []

    def ask():
        began.append(time.monotonic())
        visitor.ask("Another")

    hear(at_the_door(server, visitor.cookie), ask)

    assert time.monotonic() - began[0] < 1


def test_nobody_hears_of_what_is_somebody_elses(server, visitor):
    stranger = Visitor(server)
    mine = stranger.ask()

    def both():
        visitor.ask()
        stranger.post(f"/messages/{answer_in(mine)}/stop/")

    assert hear(at_the_door(server, stranger.cookie), both) == [mine["conversation"]]


def test_who_has_nothing_yet_is_told_so(server):
    assert closed_with(at_the_door(server)) == NOBODY


def test_readers_of_a_share_hear_of_it_and_of_nothing_else(server, visitor):
    shared, other = visitor.ask(), visitor.ask("Other")
    token = share(server, shared["conversation"])

    def both():
        for each in (other, shared):
            visitor.post(f"/c/{each['conversation']}/ask/", text="And then?")

    heard = hear(at_the_door(server, query=f"?share={token}"), both)

    assert heard == [shared["conversation"]]


@pytest.mark.parametrize("token", ["", "nonsense", "%00", "../x", "é" * 50])
def test_a_share_that_is_none_rings_nowhere(server, visitor, token):
    visitor.ask()

    assert closed_with(at_the_door(server, visitor.cookie, f"?share={token}")) == NOBODY


def test_a_frame_hears_of_what_it_shows_and_of_nothing_else_until_its_visit_ends(server, visitor):
    frame = Framed(server)
    frame.post("ask", text="What are you?")
    shown = frame.conversation
    other = Framed(server)

    def all_three() -> None:
        visitor.ask()
        other.post("ask", text="What are you?")
        frame.post("end")

    heard = hear(at_the_door(server, query=f"?visit={frame.token}"), all_three)

    assert heard == [shown]
    assert closed_with(at_the_door(server, query=f"?visit={frame.token}")) == NOBODY


def test_a_frame_without_a_chat_hears_of_the_one_that_another_tab_begins(server):
    frame = Framed(server)

    heard = hear(
        at_the_door(server, query=f"?visit={frame.token}"),
        lambda: frame.post("ask", text="What are you?"),
    )

    assert heard == [frame.conversation]


@pytest.mark.parametrize("token", ["", "x", "a:b:c", "%00"])
def test_a_visit_that_is_none_rings_nowhere(server, visitor, token):
    assert closed_with(at_the_door(server, visitor.cookie, f"?visit={token}")) == NOBODY


class Framed:
    """Somebody who chats in an embed's frame, known by a token and no cookie."""

    def __init__(self, server) -> None:
        made = "EmbedSite.objects.get_or_create(name='Door')[0]"
        key = server.shell(f"from chatapp.models import EmbedSite; print({made}.key)").strip()
        self.server, self.token = server, ""
        self._url = f"{server.url}/embed/{key}"
        self.token = self.post("visit", begin="1").json()["token"]

    def post(self, name: str, **fields: str) -> httpx.Response:
        headers = {"Authorization": f"Visitor {self.token}"} if self.token else {}
        response = httpx.post(f"{self._url}/{name}/", data=fields, headers=headers)
        assert response.is_success, response.text
        return response

    @property
    def conversation(self) -> str:
        visit = f"tokens.visit_of('{self.token}')"
        code = f"from chatapp.embed import tokens; print({visit}.conversation_id)"
        return self.server.shell(code).strip()


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Host": "evil.example"}],
    ids=["another site", "no site", "another host"],
)
def test_another_site_may_not_listen(server, visitor, headers):
    visitor.ask()

    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        closed_with(at_the_door(server, visitor.cookie, **headers))

    assert refused.value.status == 403


def test_other_sockets_are_declined(server):
    async def knock():
        async with aiohttp.ClientSession() as session:
            await session.ws_connect(f"{server.url}/c/", headers={"Origin": server.url})

    with pytest.raises(aiohttp.WSServerHandshakeError):
        asyncio.run(knock())


def test_a_page_that_floods_the_door_is_shown_out(server, visitor):
    visitor.ask()

    async def flood():
        async with at_the_door(server, visitor.cookie) as socket:
            await socket.send_str("x" * 100_000)
            async with asyncio.timeout(5):
                while not socket.closed:
                    await socket.receive()
            return socket.close_code

    assert asyncio.run(flood()) in {1006, 1009}
    assert "Traceback" not in server.output()


def test_who_logs_out_is_shown_out(make_server):
    server = make_server(HEARTBEAT_SECONDS="0.2")
    visitor = Visitor(server)
    visitor.ask()

    async def listen():
        async with at_the_door(server, visitor.cookie) as socket:
            assert await ring_of(socket) == ""
            assert await socket.receive_json() == {}
            await asyncio.to_thread(
                server.shell,
                "from django.contrib.sessions.models import Session; "
                "Session.objects.all().delete()",
            )
            return await code_of(socket)

    assert asyncio.run(listen()) == 4408


def answer_in(reply: dict) -> str:
    """The id of the answer that a reply brings."""
    return reply["messages"][-1].partition('data-id="')[2].partition('"')[0]


def share(server, conversation: str) -> str:
    return server.shell(
        "from chatapp.models import Share; "
        f"print(Share.objects.create(conversation_id='{conversation}').token)"
    ).strip()
