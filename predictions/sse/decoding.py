"""Server-sent events, the reading side: bytes as they arrive become events.

https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
Lines end at LF, CR or CRLF and at nothing else, so bytes are split before they are decoded.
"""

import re
from typing import NamedTuple

LINE_BYTES = 1024 * 1024
EVENT_SIZE = 2 * LINE_BYTES  # characters, and one for each of its lines
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LINE_END = re.compile(rb"\r\n|\n|\r")


class LineTooLong(ValueError):
    """A line, or an event of many, passed its size before its end: this is no event stream."""


class ServerEvent(NamedTuple):
    """One event. `id` is the last one that the stream has named, "" where it has named none."""

    event: str
    data: str
    id: str


class Decoder:
    """Feed it chunks cut anywhere; it answers with the events that they complete."""

    def __init__(self) -> None:
        self._pending: list[bytes] = []
        self._size = 0
        self._is_start = True
        self._ends_with_cr = False
        self._event = ""
        self._data: list[str] = []
        self._data_size = 0
        self._id = ""

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """The events that `chunk` completes. Raises LineTooLong."""
        events = (self._take(line) for line in self._lines(chunk))
        return [event for event in events if event is not None]

    def _lines(self, chunk: bytes) -> list[bytes]:
        if not chunk:
            return []
        if self._ends_with_cr and chunk[:1] == b"\n":
            chunk = chunk[1:]
            self._ends_with_cr = False
            if not chunk:
                return []
        self._ends_with_cr = chunk[-1:] == b"\r"
        first, *rest = LINE_END.split(chunk)
        self._pend(first)
        if not rest:
            return []
        *whole, tail = rest
        lines = [b"".join(self._pending), *whole]
        self._pending, self._size = [], 0
        self._pend(tail)
        if any(len(line) > LINE_BYTES for line in lines):
            raise LineTooLong(f"a line is longer than {LINE_BYTES} bytes")
        return lines

    def _pend(self, piece: bytes) -> None:
        if piece:
            self._pending.append(piece)
            self._size += len(piece)
        if self._size > LINE_BYTES:
            raise LineTooLong(f"a line is longer than {LINE_BYTES} bytes")

    def _take(self, line: bytes) -> ServerEvent | None:
        if self._is_start:
            self._is_start = False
            line = line.removeprefix(BYTE_ORDER_MARK)
        if not line:
            return self._dispatch()
        name, _, value = line.decode(errors="replace").partition(":")
        value = value.removeprefix(" ")
        match name:
            case "data":
                self._add(value)
            case "event":
                self._event = value
            case "id" if "\0" not in value:
                self._id = value
        return None

    def _add(self, line: str) -> None:
        self._data.append(line)
        self._data_size += len(line) + 1
        if self._data_size > EVENT_SIZE:
            raise LineTooLong(f"an event is longer than {EVENT_SIZE} characters")

    def _dispatch(self) -> ServerEvent | None:
        event, data = self._event or "message", self._data
        self._event, self._data, self._data_size = "", [], 0
        return ServerEvent(event, "\n".join(data), self._id) if data else None
