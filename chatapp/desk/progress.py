"""How far runs are: words, and how fast they come. A look reads only what is new since the last."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from chatapp.wording import WORD
from predictions.models import LOGS, OUTPUT, Event, Prediction, Segment

KNOWN = 500  # runs that are remembered


class Progress(NamedTuple):
    """Up to `cursor`: how many words, the time of the first of them in milliseconds since the
    claim, the last characters, and whether it thought aloud."""

    cursor: int = 0
    words: int = 0
    first_at: int | None = None
    end: str = ""
    has_thought: bool = False

    def after(self, event: Event) -> "Progress":
        if event.kind == LOGS:
            return self._replace(cursor=event.cursor, has_thought=True)
        if event.kind != OUTPUT:
            return self._replace(cursor=event.cursor)
        more = count_more(self.end, event.data)
        first_at = event.at if self.first_at is None else self.first_at
        end = (self.end + event.data)[-2:]
        return Progress(event.cursor, self.words + more, first_at, end, self.has_thought)

    def speed(self, prediction: Prediction) -> float | None:
        """Words a second since the first one; None before there is a second of them."""
        if self.first_at is None or prediction.started_at is None:
            return None
        seconds = (timezone.now() - prediction.started_at).total_seconds() - self.first_at / 1000
        return self.words / seconds if seconds >= 1 else None


def count_more(end: str, text: str) -> int:
    """How many words a text adds to one that ends like this: it may go on with its last word."""
    return len(WORD.findall(end + text)) - len(WORD.findall(end))


_known: OrderedDict[str, Progress] = OrderedDict()


def of(ids: Iterable[str]) -> dict[str, Progress]:
    """By the id of the run."""
    found = {id: _known.get(id, Progress()) for id in ids}
    is_fresh = Q()
    for id, known in found.items():
        is_fresh |= Q(prediction=id, last_cursor__gt=known.cursor)
    if is_fresh:
        rows = Segment.objects.filter(is_fresh).order_by("last_cursor")
        for id, events in rows.values_list("prediction", "events").iterator(chunk_size=50):
            for event in map(Event._make, events):
                if event.cursor > found[id].cursor:
                    found[id] = found[id].after(event)
    _remember(found)
    return found


def _remember(found: dict[str, Progress]) -> None:
    for id, progress in found.items():
        _known[id] = progress
        _known.move_to_end(id)
    while len(_known) > KNOWN:
        _known.popitem(last=False)
