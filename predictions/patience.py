"""How long we wait for an upstream: for its words, and before it is asked again."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator

from django.conf import settings

from predictions.upstreams import Piece, UpstreamError

MAX_TRIES = 4
SECONDS = 60


async def in_time(pieces: AsyncGenerator[Piece]) -> AsyncIterator[Piece]:
    """The pieces, as long as the first and each next come within their deadlines."""
    deadline = settings.FIRST_WORD_TIMEOUT
    while True:
        try:
            async with asyncio.timeout(deadline):
                piece = await anext(pieces)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            message = f"The model was silent for {deadline:g} seconds."
            raise UpstreamError(message, retryable=True) from error
        yield piece
        deadline = settings.GAP_TIMEOUT


class Patience:
    """How long to wait before the next try: as long as the upstream asks, else doubling, with
    jitter. SECONDS seconds in all, and without such a word of the upstream MAX_TRIES."""

    def __init__(self) -> None:
        self._until = time.monotonic() + SECONDS
        self._tries = 0

    def wait_after(self, error: UpstreamError) -> float | None:
        """Seconds, or None where it is not worth another try."""
        self._tries += 1
        wait = error.retry_after
        if wait is None:
            if self._tries == MAX_TRIES:
                return None
            wait = 2 ** (self._tries - 1) * random.uniform(0.5, 1)
        return wait if time.monotonic() + wait < self._until else None
