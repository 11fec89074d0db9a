"""The bell: wakes whoever listens in this process. It carries no data and may be missed.

Other processes look at the database at least once a second, so a missed ring costs latency only.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WORK = "work"  # a prediction was created, or is to be canceled
WEBHOOKS = "webhooks"  # a message for a receiver was written

_listeners: dict[str, set[tuple[asyncio.AbstractEventLoop, Callable[[], None]]]] = {}


def ring(topic: str) -> None:
    """Wake the topic's listeners, from any thread."""
    for loop, callback in tuple(_listeners.get(topic, ())):
        loop.call_soon_threadsafe(callback)


@contextmanager
def listen(topic: str, callback: Callable[[], None]) -> Iterator[None]:
    """Have `callback` called in the running event loop at each ring."""
    entry = (asyncio.get_running_loop(), callback)
    _listeners.setdefault(topic, set()).add(entry)
    try:
        yield
    finally:
        _listeners[topic].discard(entry)
