"""The bell: wakes whoever listens in this process. It carries no words and may be missed.

Other processes hear it over Redis, where there is one (see `far_bells`). Without it they look at
the database at least once a second, so a missed ring costs latency only.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WORK = "work"  # a prediction was created, or is to be canceled
WEBHOOKS = "webhooks"  # a message for a receiver was written
EVERYWHERE = "everywhere"  # hears all that is rung here: (topic, what it is about)

_listeners: dict[str, set[tuple[asyncio.AbstractEventLoop, Callable[..., None]]]] = {}


def ring(topic: str, *about: str) -> None:
    """Wake the topic's listeners, from any thread, and tell them what it is about."""
    ring_here(topic, *about)
    ring_here(EVERYWHERE, topic, *about)


def ring_here(topic: str, *about: str) -> None:
    """The same, for this process only."""
    for loop, callback in tuple(_listeners.get(topic, ())):
        loop.call_soon_threadsafe(callback, *about)


def ring_all_here() -> None:
    """Wake everybody: rings may have been missed."""
    for topic in tuple(_listeners):
        if topic != EVERYWHERE:
            ring_here(topic)


@contextmanager
def listen(topic: str, callback: Callable[..., None]) -> Iterator[None]:
    """Have `callback` called in the running event loop at each ring."""
    entry = (asyncio.get_running_loop(), callback)
    _listeners.setdefault(topic, set()).add(entry)
    try:
        yield
    finally:
        _listeners[topic].discard(entry)
        if not _listeners[topic]:
            del _listeners[topic]
