"""The tape: the newest committed events of one prediction as encoded frames, in memory.

Frames are encoded once, however many readers there are; a reader holds a cursor, not a buffer.
The tape keeps a window only: who is further behind reads from the database.
"""

import asyncio
import contextvars
import json
import logging
import time
from bisect import bisect_right
from typing import TYPE_CHECKING

from django.db import DatabaseError, InterfaceError

from predictions import sse
from predictions.cursor import format_cursor
from predictions.models import DONE, ERROR, Event
from predictions.threads import in_reader

from . import log

if TYPE_CHECKING:
    from .follow import Reader

logger = logging.getLogger(__name__)

WINDOW = 128 * 1024
CHUNK = 64 * 1024
POLL_SECONDS = 1


class Tape:
    """Holds every event in (floor, last]; `last` is None until it is known where the log stands."""

    def __init__(self, prediction_id: str) -> None:
        self.prediction_id = prediction_id
        self.readers: set[Reader] = set()
        self.holders = 0
        self.last: int | None = None
        self.floor = 0
        self.is_ended = False
        self.fed_at = 0.0
        self._cursors: list[int] = []
        self._frames: list[bytes] = []
        self._size = 0

    def start(self, cursor: int) -> None:
        """The log stands at `cursor`: what comes after it will be fed."""
        if self.last is None:
            self.last = self.floor = cursor

    def feed(self, previous: int, events: list[Event]) -> None:
        """Take committed events that follow `previous`. A gap is left to the poll, which reads it
        from the database; what is known already is passed over."""
        if self.last is None or previous > self.last:
            return
        for event in events:
            if event.cursor > self.last:
                self._add(event)
        self.fed_at = time.monotonic()
        if self._size > WINDOW:
            self._trim()
        self.wake()

    def after(self, cursor: int) -> tuple[bytes, int]:
        """The frames after `cursor`, joined up to CHUNK bytes, and the last one's cursor."""
        start = stop = bisect_right(self._cursors, cursor)
        size = 0
        while stop < len(self._frames) and size < CHUNK:
            size += len(self._frames[stop])
            stop += 1
        return b"".join(self._frames[start:stop]), self._cursors[
            stop - 1
        ] if stop > start else cursor

    def end(self) -> None:
        self.is_ended = True
        self.wake()

    def wake(self) -> None:
        for reader in self.readers:
            reader.wake()

    async def refresh(self) -> None:
        """Read on from the database, where events were written by another process."""
        previous = self.last
        while events := await in_reader(log.read, self.prediction_id, previous):
            self.feed(previous, events)
            previous = events[-1].cursor

    def _add(self, event: Event) -> None:
        frame = encode(event)
        self._cursors.append(event.cursor)
        self._frames.append(frame)
        self._size += len(frame)
        self.last = event.cursor
        self.is_ended = self.is_ended or event.kind == DONE

    def _trim(self) -> None:
        keep, size = len(self._frames), 0
        while keep and size < WINDOW // 2:
            keep -= 1
            size += len(self._frames[keep])
        if keep:
            self.floor = self._cursors[keep - 1]
        del self._cursors[:keep], self._frames[:keep]
        self._size = size


def encode(event: Event) -> bytes:
    data = event.data
    if event.kind == ERROR:
        data = json.dumps({"detail": data}, ensure_ascii=False)
    return sse.encode(event.kind, data, format_cursor(event.cursor))


class Tapes:
    """The tapes of this process, by prediction; one is kept while somebody writes or reads it."""

    def __init__(self) -> None:
        self._tapes: dict[str, Tape] = {}
        self._poll: asyncio.Task | None = None

    @property
    def readers(self) -> int:
        return sum(len(tape.readers) for tape in tuple(self._tapes.values()))

    def get(self, prediction_id: str) -> Tape | None:
        return self._tapes.get(prediction_id)

    def hold(self, prediction_id: str) -> Tape:
        tape = self._tapes.setdefault(prediction_id, Tape(prediction_id))
        tape.holders += 1
        if self._poll is None or self._poll.done():
            self._poll = asyncio.create_task(self._keep_looking(), context=contextvars.Context())
        return tape

    def release(self, tape: Tape) -> None:
        tape.holders -= 1
        if not tape.holders:
            del self._tapes[tape.prediction_id]

    async def _keep_looking(self) -> None:
        while self._tapes:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self._look()
            except (DatabaseError, InterfaceError) as error:
                logger.warning("The event log cannot be read at the moment: %s", error)

    async def _look(self) -> None:
        """Find what other processes wrote, with one query for all the tapes that are silent."""
        silent_since = time.monotonic() - POLL_SECONDS
        silent = {
            id: tape
            for id, tape in self._tapes.items()
            if tape.readers
            and tape.last is not None
            and not tape.is_ended
            and tape.fed_at <= silent_since
        }
        if not silent:
            return
        cursors = await in_reader(log.last_cursors, silent)
        for id, tape in silent.items():
            if id not in cursors:
                tape.end()
            elif cursors[id] > tape.last:
                await tape.refresh()


tapes = Tapes()
