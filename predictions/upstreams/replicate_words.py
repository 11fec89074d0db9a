"""What was passed on of one prediction, from its event stream and from polling it: nothing twice.

Both tell the same text, so where a piece belongs is known by how much of the text came before it.
"""

from collections.abc import Iterable, Iterator

from predictions.sse import ServerEvent
from predictions.text import clean

LONGEST_ID, MOST_EVENTS = 200, 500_000


class Astray(Exception):
    """The stream tells another text than the one that was passed on, or cannot be kept apart."""


class Words:
    """A growing text: how much of it the stream has told, and what was passed on."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = 0
        self._told = 0

    @property
    def text(self) -> str:
        return "".join(self._parts)

    @property
    def is_streamed(self) -> bool:
        """Whether any of it came from the stream."""
        return self._told > 0

    def from_stream(self, piece: str) -> str:
        """What of the stream's next piece is new. Raises Astray."""
        piece = clean(piece)
        start, self._told = self._told, self._told + len(piece)
        known = self.text[start : self._told] if start < self._size else ""
        if not piece.startswith(known):
            raise Astray
        return self._passed(piece[len(known) :])

    def begins_with(self, piece: str) -> bool:
        """Whether the text may begin anew with `piece`, which may be cut elsewhere now."""
        piece, text = clean(piece), self.text
        return bool(piece) and (text.startswith(piece) or piece.startswith(text))

    def from_poll(self, items: Iterable[str]) -> Iterator[str]:
        """The new items of a whole text (the first of them perhaps in part); none where it does
        not go on from what was passed on."""
        items = [clean(item) for item in items]
        if not "".join(items).startswith(self.text):
            return
        known = self._size
        for item in items:
            if len(item) > known:
                yield self._passed(item[known:])
            known = max(0, known - len(item))

    def is_told_by(self, items: Iterable[str]) -> bool:
        """Whether that is the text that was passed on, to its end."""
        return "".join(map(clean, items)) == self.text

    def _passed(self, piece: str) -> str:
        if piece:
            self._parts.append(piece)
            self._size += len(piece)
        return piece


class Places:
    """Which events were heard. An event's place is the last id that the stream named, and how many
    events came since: also known again where a server replays them, or names no ids at all."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, int]] = set()
        self.last_id = ""
        self.connect()

    def connect(self) -> None:
        """A new connection begins, after the event `last_id`."""
        self._id, self._number, self._is_start = self.last_id, 0, True

    def is_new(self, event: ServerEvent) -> bool:
        if len(event.id) > LONGEST_ID or len(self._seen) >= MOST_EVENTS:
            raise Astray  # nobody needs so many: polling tells the words as well
        is_named = bool(event.id) and (self._is_start or event.id != self._id)
        self._number = 0 if is_named else self._number + 1
        self._id, self._is_start = event.id or self._id, False
        place = (self._id, self._number)
        if place in self._seen:
            return False
        self._seen.add(place)
        self.last_id = self._id
        return True
