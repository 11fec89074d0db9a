"""Threads that talk to the database for the event loop: one writes, one reads, and one does what
follows when a run is over.

Connections belong to threads; streams hold none. The loop itself never waits for a query.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connections

P = ParamSpec("P")
T = TypeVar("T")

_writer = ThreadPoolExecutor(1, thread_name_prefix="log-writer")
_reader = ThreadPoolExecutor(1, thread_name_prefix="log-reader")
_aftermath = ThreadPoolExecutor(1, thread_name_prefix="aftermath")


async def in_writer(query: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    return await asyncio.get_running_loop().run_in_executor(_writer, _call, query, args, kwargs)


async def in_reader(query: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """A query that only reads: asked once more where the connection had been lost."""
    loop = asyncio.get_running_loop()
    try:
        return await loop.run_in_executor(_reader, _call, query, args, kwargs)
    except (OperationalError, InterfaceError):
        return await loop.run_in_executor(_reader, _call, query, args, kwargs)


async def in_aftermath(step: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What may take its time: no stream waits for it."""
    return await asyncio.get_running_loop().run_in_executor(_aftermath, _call, step, args, kwargs)


def _call(query, args, kwargs):
    try:
        return query(*args, **kwargs)
    finally:
        for connection in connections.all(initialized_only=True):
            if connection.errors_occurred:
                connection.close()  # the next query opens a new one
