"""Newline-delimited JSON, the reading side: bytes as they arrive become objects.

Lines end at LF and nowhere else, so bytes are split before they are decoded.
"""

import contextlib
from collections.abc import AsyncGenerator

from predictions.sse import LineTooLong
from predictions.sse.decoding import LINE_BYTES

from . import any_json, http
from .base import Interrupted, UpstreamError


class Lines:
    """Feed it chunks cut anywhere; it answers with the lines that they complete. `tail` is the
    line that has no end yet."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    @property
    def tail(self) -> bytes:
        return b"".join(self._pieces)

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that `chunk` completes, without their ends. Raises LineTooLong."""
        *ended, rest = chunk.split(b"\n")
        if ended:
            ended[0] = self.tail + ended[0]
            self._pieces, self._size = [], 0
        self._pieces.append(rest)
        self._size += len(rest)
        if self._size > LINE_BYTES or any(len(line) > LINE_BYTES for line in ended):
            raise LineTooLong(f"a line is longer than {LINE_BYTES} bytes")
        return ended


async def objects(response) -> AsyncGenerator[dict]:
    """The response's objects as they arrive, also a whole one at the end whose line has no end.
    Raises Interrupted, and UpstreamError where a line is something else."""
    lines = Lines()
    try:
        async with contextlib.aclosing(http.body(response)) as chunks:
            async for chunk in chunks:
                for line in filter(bytes.strip, _fed(lines, chunk)):
                    yield any_json.read_object(line.decode(errors="replace"))
    except Interrupted:
        for found in _last(lines):
            yield found
        raise
    for found in _last(lines):
        yield found


def _fed(lines: Lines, chunk: bytes) -> list[bytes]:
    try:
        return lines.feed(chunk)
    except LineTooLong as error:
        raise Interrupted(str(error)) from error


def _last(lines: Lines) -> list[dict]:
    """A part of an object is never an object: what can be read is whole."""
    try:
        return [any_json.read_object(lines.tail.decode(errors="replace"))]
    except UpstreamError:
        return []
