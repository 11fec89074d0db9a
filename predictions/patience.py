"""How long we wait for an upstream: for its words, and before it is asked again."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator

from django.conf import settings

from predictions.upstreams import Logs, Output, Piece, UpstreamError, Waiting

MAX_TRIES = 4
SECONDS = 60
SECONDS_WITH_FALLBACK = 5


async def in_time(pieces: AsyncGenerator[Piece]) -> AsyncIterator[Piece]:
    """The pieces, as long as the first word and each next come within their deadlines.

    Only words count. While the upstream says why it has not begun yet, the clock starts anew.
    """
    clock = asyncio.get_running_loop().time
    seconds = settings.FIRST_WORD_TIMEOUT
    due = clock() + seconds
    while True:
        try:
            async with asyncio.timeout_at(due):
                piece = await anext(pieces)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            message = f"The model was silent for {seconds:g} seconds."
            raise UpstreamError(message, retryable=True) from error
        yield piece
        match piece:
            case Output(text) | Logs(text) if text:
                seconds = settings.GAP_TIMEOUT
                due = clock() + seconds
            case Waiting():
                due = clock() + seconds


class Patience:
    """How long to wait before the next try: as long as the upstream asks, else doubling, with
    jitter. `seconds` in all, and without such a word of the upstream MAX_TRIES."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._until = time.monotonic() + seconds
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
