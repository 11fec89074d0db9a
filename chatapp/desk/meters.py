"""What answers were asked with, and how their words came: told of many at the price of one."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Exists, F, Func, JSONField, OuterRef

from chatapp.models import Message
from predictions.models import OUTPUT, Prediction, Segment

STALL = 1000  # milliseconds without anything, once words came
MOST_EVENTS = 200_000  # that are looked at for stalls


@dataclass
class Meter:
    """Of one answer: its input without the history, whether its log is there, and how long it
    stalled each time, in seconds."""

    asked_with: dict = field(default_factory=dict)
    has_log: bool = False
    stalls: list[float] = field(default_factory=list)

    @property
    def longest_stall(self) -> float:
        return max(self.stalls, default=0)


class WithoutHistory(Func):
    """An input without what repeats the conversation, which stays in the database."""

    output_field = JSONField()

    def as_sqlite(self, compiler, connection, **context):
        template = "JSON_REMOVE(%(expressions)s, '$.messages', '$.prompt')"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler, connection, **context):
        template = "(%(expressions)s - 'messages' - 'prompt')"
        return self.as_sql(compiler, connection, template=template, **context)


def tell(messages: list[Message]) -> None:
    """Give each of these that is an answer its `meter`."""
    ids = [message.prediction_id for message in messages if message.prediction_id]
    meters = _meters(ids)
    for id, stalls in _stalls(ids).items():
        meters[id].stalls = stalls
    for message in messages:
        message.meter = meters.get(message.prediction_id)


def _meters(ids: list[str]) -> dict[str, Meter]:
    log = Segment.objects.filter(prediction=OuterRef("pk"))
    asked = Prediction.objects.filter(id__in=ids).order_by()
    rows = asked.values_list("id", WithoutHistory(F("input")), Exists(log))
    return {id: Meter(given if isinstance(given, dict) else {}, has) for id, given, has in rows}


def _stalls(ids: list[str]) -> dict[str, list[float]]:
    rows = Segment.objects.filter(prediction__in=ids).order_by("prediction", "last_cursor")
    found: dict[str, list[float]] = {}
    last: tuple[str, int] | None = None  # whose, and when, since words came
    count = 0
    for id, events in rows.values_list("prediction", "events").iterator():
        if last and last[0] != id:
            last = None
        count += len(events)
        if count > MOST_EVENTS:
            break
        for at in _since_words(events, last is not None):
            if last and at - last[1] >= STALL:
                found.setdefault(id, []).append((at - last[1]) / 1000)
            last = (id, at)
    return found


def _since_words(events: Iterable[list], has_begun: bool) -> Iterable[int]:
    """When these came, from the first word on."""
    for _, kind, _, at in events:
        has_begun = has_begun or kind == OUTPUT
        if has_begun:
            yield at
