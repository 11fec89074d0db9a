"""Receivers that would never stop talking."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from predictions.webhooks.client import Answer, new_session, post


@contextmanager
def babbler(first: bytes, again: bytes) -> Iterator[str]:
    """A receiver that says one thing, and then another one as long as it is listened to."""

    def babble() -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            connection.settimeout(20)
            connection.recv(65536)
            connection.sendall(first)
            while True:
                connection.sendall(again)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=babble, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        thread.join(20)


async def posted(url: str) -> Answer:
    async with new_session() as session:
        return await post(session, url, {}, b"{}")


@pytest.fixture(autouse=True)
def on_loopback(settings):
    settings.WEBHOOK_ALLOW_PRIVATE = True


def test_a_receiver_that_says_continue_for_ever_is_not_heard_out():
    started = time.monotonic()

    with babbler(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 4000) as url:
        answer = asyncio.run(posted(url))

    assert answer.status is None
    assert answer.error.startswith("The receiver could not be reached")
    assert time.monotonic() - started < 5, "the event loop is needed elsewhere"


def test_a_receiver_whose_body_never_ends_is_believed_its_status():
    with babbler(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536) as url:
        assert asyncio.run(posted(url)) == Answer(200)
