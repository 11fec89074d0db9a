"""An answer played again: what its event log tells of when each word came. Times are milliseconds
from the question on.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from predictions.cursor import SECOND
from predictions.models import LOGS, OUTPUT, Event, Prediction

from .progress import count_more

STALL = 1000  # milliseconds without a word, from which on it is one
MOST_PARTS, LEAST_PARTS, PART = 120, 12, 250  # of a picture; milliseconds


@dataclass
class Track:
    """Pieces of text, and when each came."""

    at: list[int] = field(default_factory=list)
    text: list[str] = field(default_factory=list)

    def add(self, at: int, text: str) -> None:
        self.at.append(at)
        self.text.append(text)


@dataclass
class Replay:
    """`wait` is the time in line, before anybody ran it; `end` when it ended. `status` is
    "processing" where it still runs: then the replay ends with what there is."""

    wait: int
    end: int
    status: str
    words: Track = field(default_factory=Track)
    thoughts: Track = field(default_factory=Track)

    @property
    def first(self) -> int | None:
        """When the first word came."""
        return self.words.at[0] if self.words.at else None

    @property
    def stalls(self) -> list[tuple[int, int]]:
        """From, to: where words had come, and then none did for a while."""
        times = [*self.words.at, self.end] if self.words.at else []
        return [(before, after) for before, after in pairwise(times) if after - before > STALL]

    @cached_property
    def counts(self) -> list[int]:
        """How many words each piece adds."""
        counts, end = [], ""
        for text in self.words.text:
            counts.append(count_more(end, text))
            end = (end + text)[-2:]
        return counts

    @property
    def word_count(self) -> int:
        return sum(self.counts)

    @property
    def speed(self) -> float | None:
        """Words a second, from the first piece to the last."""
        if len(self.words.at) < 2 or self.words.at[-1] == self.words.at[0]:
            return None
        return self.word_count * 1000 / (self.words.at[-1] - self.words.at[0])

    @property
    def speeds(self) -> list[float]:
        """Words a second in each of some equal parts of the time."""
        parts = min(MOST_PARTS, max(LEAST_PARTS, self.end // PART))
        width = max(self.end, 1) / parts
        words = [0] * parts
        for at, count in zip(self.words.at, self.counts, strict=True):
            words[min(int(at / width), parts - 1)] += count
        return [count * 1000 / width for count in words]


def of(prediction: Prediction) -> Replay | None:
    """None where its log is not there: never run, or removed."""
    wait = _milliseconds(prediction.created_at, prediction.started_at)
    events = prediction.events
    if not events or wait is None:
        return None
    replay = Replay(wait, wait, prediction.status)
    for event in _in_time(events):
        replay.end = wait + event.at
        if event.kind == OUTPUT:
            replay.words.add(replay.end, event.data)
        elif event.kind == LOGS:
            replay.thoughts.add(replay.end, event.data)
    return replay


def _in_time(events: list[Event]) -> Iterator[Event]:
    """Where another process took over to close it, it counts from there: then the ids, which are
    seconds, tell how much later that was."""
    before = None
    for event in events:
        if before and event.at < before.at:
            seconds = event.cursor // SECOND - before.cursor // SECOND
            event = event._replace(at=before.at + seconds * 1000)
        yield event
        before = event


def _milliseconds(start, end) -> int | None:
    return round((end - start).total_seconds() * 1000) if end else None
