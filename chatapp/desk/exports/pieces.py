"""An export on its way: which conversations, its bytes in handy pieces, and how far it is."""

import zlib
from collections.abc import Iterable, Iterator
from time import monotonic
from uuid import UUID

from django.db.models import QuerySet

from chatapp.models import Export

PIECE = 64 * 1024
EVERY = 0.5  # seconds between two notes of how far it is
SIZE = 16


class Ids:
    """The ids of conversations as bytes, in the order of a query: made once, read as often as one
    likes."""

    def __init__(self, conversations: QuerySet) -> None:
        self._packed = bytearray()
        for id in conversations.values_list("id", flat=True).iterator(chunk_size=2000):
            self._packed += id.bytes

    def __len__(self) -> int:
        return len(self._packed) // SIZE

    def __iter__(self) -> Iterator[UUID]:
        for start in range(0, len(self._packed), SIZE):
            yield UUID(bytes=bytes(self._packed[start : start + SIZE]))


class Count:
    """How many conversations are written."""

    done = 0


def tracked(pieces: Iterable[bytes], count: Count, progress: Export) -> Iterator[bytes]:
    """The same, while `progress` is told; also that it ended, however it did. Without an end, as
    where the server dies, it goes quiet."""
    size, told_at, ending = 0, 0.0, Export.State.FAILED
    try:
        for piece in pieces:
            size += len(piece)
            if monotonic() - told_at > EVERY:
                progress.put(done=count.done, size=size)
                told_at = monotonic()
            yield piece
        ending = Export.State.DONE
    except GeneratorExit:
        ending = Export.State.CANCELED
        raise
    finally:
        progress.put(done=count.done, size=size, state=ending)


def joined(words: Iterable[str], *, begin: bytes = b"") -> Iterator[bytes]:
    """In UTF-8, some PIECE at a time. A long one goes as it is."""
    held = bytearray(begin)
    for text in words:
        # Half a character, which no file can hold, becomes a question mark.
        held += text.encode(errors="replace")
        if len(held) >= PIECE:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


def zipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """As gzip."""
    press = zlib.compressobj(6, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    for piece in pieces:
        if small := press.compress(piece):
            yield small
    yield press.flush()
