"""Things that belong to one event loop: made at first use, closed when the loop ends."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import wraps
from typing import TypeVar

T = TypeVar("T")


def one_per_loop(opener: Callable[[], AsyncGenerator[T]]) -> Callable[[], Awaitable[T]]:
    """Turn `opener`, which yields one thing and then closes it, into a getter of that thing.

    An event loop closes the asynchronous generators that are still open when it ends
    (`loop.shutdown_asyncgens`), so nobody needs to remember to.
    """
    opened: dict[asyncio.AbstractEventLoop, tuple[AsyncGenerator[T], asyncio.Future[T]]] = {}

    @wraps(opener)
    async def get() -> T:
        loop = asyncio.get_running_loop()
        if loop not in opened:
            for ended in [other for other in tuple(opened) if other.is_closed()]:
                opened.pop(ended, None)
            opening = opener()
            opened[loop] = opening, asyncio.ensure_future(anext(opening))
        return await asyncio.shield(opened[loop][1])

    return get
