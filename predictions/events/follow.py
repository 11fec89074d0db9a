"""Readers of an event log: what is there, then what comes, each at its own pace."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from predictions.models import DONE
from predictions.threads import in_reader

from . import log
from .tape import Tape, encode, tapes


class Reader:
    """One reader's place in a log. It holds a cursor; the words are on the tape or the disk."""

    def __init__(self, tape: Tape, cursor: int) -> None:
        self._tape = tape
        self._cursor = cursor
        self._bell = asyncio.Event()
        self._is_finished = False
        self._has_left = False

    async def read(self) -> bytes:
        """The next frames, joined; waits for them. b"" after `done`, or once the reader left."""
        while not self._is_finished:
            frames = await self._next()
            if self._has_left:
                break
            if frames:
                return frames
            if self._tape.is_ended and self._cursor >= (self._tape.last or 0):
                break
            await self._bell.wait()
            self._bell.clear()
        return b""

    async def glance(self) -> bytes:
        """The next frames that are there already; b"" where there are none."""
        return b"" if self._is_finished else await self._next()

    @property
    def cursor(self) -> int:
        return self._cursor

    def wake(self) -> None:
        self._bell.set()

    def leave(self) -> None:
        self._is_finished = self._has_left = True
        self._bell.set()

    async def _next(self) -> bytes:
        if self._tape.last is not None and self._cursor >= self._tape.floor:
            frames, self._cursor = self._tape.after(self._cursor)
            return frames
        return await self._from_database()

    async def _from_database(self) -> bytes:
        stored = await in_reader(log.read, self._tape.prediction_id, self._cursor)
        if stored:
            self._cursor = stored[-1].cursor
            self._is_finished = stored[-1].kind == DONE
        elif self._tape.last is None:
            self._tape.start(self._cursor)
        else:
            self._cursor = self._tape.floor  # deleted under the reader
        return b"".join(map(encode, stored))


async def ended(prediction_id: str, seconds: float) -> bool:
    """Wait for the prediction's end, at most so long; whether it came."""
    try:
        async with asyncio.timeout(seconds), follow(prediction_id) as reader:
            while await reader.read():
                pass
    except TimeoutError:
        return False
    return True


@asynccontextmanager
async def follow(prediction_id: str, after: int = 0) -> AsyncIterator[Reader]:
    """A reader of what comes after a cursor (0: everything), early, late or resumed."""
    tape = tapes.hold(prediction_id)
    reader = Reader(tape, after)
    tape.readers.add(reader)
    try:
        yield reader
    finally:
        tape.readers.discard(reader)
        tapes.release(tape)
