"""A reader of event streams for the tests: notes when each event arrived; none of our code."""

import time
from collections.abc import Iterator
from typing import NamedTuple

import httpx


class Heard(NamedTuple):
    event: str
    id: str
    data: str
    at: float  # seconds on the monotonic clock


def listen(url: str, last_event_id: str = "", **headers: str) -> Iterator[Heard]:
    """The events as they arrive, until the server closes."""
    if last_event_id:
        headers["Last-Event-ID"] = last_event_id
    with httpx.stream("GET", url, headers=headers, timeout=httpx.Timeout(5, read=40)) as response:
        assert response.status_code == 200, response.status_code
        yield from parse(response.iter_raw())


def parse(chunks: Iterator[bytes]) -> Iterator[Heard]:
    buffer = b""
    for chunk in chunks:
        buffer += chunk
        *blocks, buffer = buffer.split(b"\n\n")
        for block in blocks:
            fields = [line.split(": ", 1) for line in block.decode().split("\n")]
            named = {name: value for name, value in fields if name in ("event", "id")}
            data = "\n".join(value for name, value in fields if name == "data")
            if named:
                yield Heard(named["event"], named.get("id", ""), data, time.monotonic())


def words(events: list[Heard]) -> list[str]:
    return [heard.data for heard in events if heard.event == "output"]
