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
    opened: dict[asyncio.AbstractEventLoop, asyncio.Future[T]] = {}

    async def keep(loop: asyncio.AbstractEventLoop) -> AsyncGenerator[T]:
        opening = opener()
        try:
            yield await anext(opening)
        finally:
            opened.pop(loop, None)
            await opening.aclose()

    @wraps(opener)
    async def get() -> T:
        loop = asyncio.get_running_loop()
        if loop not in opened:
            keepers[loop] = keep(loop)
            opened[loop] = asyncio.ensure_future(anext(keepers[loop]))
        return await asyncio.shield(opened[loop])

    keepers: dict[asyncio.AbstractEventLoop, AsyncGenerator[T]] = {}
    return get
