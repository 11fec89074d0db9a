"""Turns at a Cog server: first come, first served, and only the first in the line asks.

A line is of one process: others' runs are met as a server that is busy.
"""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0  # seconds until a busy server is asked again

_lines: dict[tuple[asyncio.AbstractEventLoop, str], "_Line"] = {}


class _Line:
    """The runs of one event loop at one server: those that wait, and how many there are in all."""

    def __init__(self) -> None:
        self.waiting: list[Turn] = []
        self.runs = 0

    def call_next(self) -> None:
        if self.waiting:
            self.waiting[0].call()


class Turn:
    """One run's place in the line."""

    def __init__(self, line: _Line) -> None:
        self._line = line
        self._called = asyncio.Event()
        self._pause = FIRST_PAUSE

    @property
    def before(self) -> int:
        """How many runs are before it: with 0 it may ask."""
        return self._line.waiting.index(self) if self in self._line.waiting else 0

    def leave(self) -> None:
        """The server has taken the run on, or it is over: the next in the line may ask."""
        if self in self._line.waiting:
            self._line.waiting.remove(self)
        self._line.call_next()

    def call(self) -> None:
        """It may be worth to ask now."""
        self._called.set()

    async def pause(self) -> bool:
        """Wait a little, ever longer; True where the line has called meanwhile.

        Shorter than the first word's deadline, as long as the run says that it waits.
        """
        seconds = min(self._pause * random.uniform(0.5, 1), settings.FIRST_WORD_TIMEOUT / 2)
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        try:
            async with asyncio.timeout(seconds):
                await self._called.wait()
        except TimeoutError:
            return False
        self._called.clear()
        self._pause = FIRST_PAUSE
        return True


@contextmanager
def stand_in_line(server: str) -> Iterator[Turn]:
    """A place at the end of the line of that server, until the run is over."""
    key = asyncio.get_running_loop(), server
    line = _lines.setdefault(key, _Line())
    turn = Turn(line)
    line.waiting.append(turn)
    line.runs += 1
    try:
        yield turn
    finally:
        turn.leave()
        line.runs -= 1
        if not line.runs:
            del _lines[key]
