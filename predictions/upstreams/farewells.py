"""Last words to a server: a run is canceled there also while we are being canceled ourselves."""

import asyncio
from collections.abc import Coroutine

_farewells: set[asyncio.Task] = set()


def say(farewell: Coroutine) -> asyncio.Task:
    """Do it in the background; whoever started it may be gone before it is done."""
    task = asyncio.create_task(farewell)
    _farewells.add(task)
    task.add_done_callback(_farewells.discard)
    return task
