"""The log in the database: reading it, and the one transaction that writes it (laws 2 to 6)."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.utils import timezone

from predictions import costs
from predictions.cursor import Clock
from predictions.models import LOGS, OUTPUT, Event, Prediction, Segment
from predictions.webhooks import outbox

SEGMENT_SIZE = 64 * 1024
ENVELOPE = 32


def size_of(event: Event) -> int:
    """About how many bytes an event takes, its envelope included."""
    return len(event.data) + ENVELOPE


@dataclass
class Claim:
    """A run held by this process: `epoch` fences out whoever held it before.

    `committed` is the last cursor in the database, `clock` issues the next ones, `told` are the
    kinds of events that a webhook tells of while they come.
    """

    id: str
    epoch: int
    committed: int = 0
    clock: Clock = field(default_factory=Clock)
    started: float = field(default_factory=time.monotonic)
    is_lost: bool = False
    told: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.clock.last = max(self.clock.last, self.committed)

    @property
    def has_words(self) -> bool:
        """Whether anything was logged, be it on its way to the disk only (law 7)."""
        return self.clock.last > 0

    def event(self, kind: str, data: str) -> Event:
        elapsed = int((time.monotonic() - self.started) * 1000)
        return Event(self.clock.tick(), kind, data, elapsed)


@dataclass(frozen=True)
class Ending:
    """How a run ended: its final status, a visitor's sentence where it failed, what was counted,
    and what the upstream said of it, for operators."""

    status: str
    error: str = ""
    metrics: dict = field(default_factory=dict)
    detail: str = ""

    @property
    def done(self) -> str:
        """What `done` carries, as JSON: {} after success, else the reason in Replicate's words."""
        match self.status:
            case Prediction.Status.SUCCEEDED:
                return "{}"
            case Prediction.Status.FAILED:
                return '{"reason": "error"}'
        return '{"reason": "canceled"}'


@dataclass
class Batch:
    """What one run has to commit: its events since the last commit, and its ending."""

    claim: Claim
    events: list[Event] = field(default_factory=list)
    size: int = 0
    ending: Ending | None = None
    is_settled: bool = False


def read(prediction_id: str, after: int) -> list[Event]:
    """Some of the events after a cursor: as many segments as make about SEGMENT_SIZE bytes."""
    rows = Segment.objects.filter(prediction_id=prediction_id, last_cursor__gt=after)
    events: list[Event] = []
    size = 0
    for row in rows.values_list("events", flat=True).iterator(chunk_size=4):
        new = [event for event in map(Event._make, row) if event.cursor > after]
        events += new
        size += sum(map(size_of, new))
        if size >= SEGMENT_SIZE:
            break
    return events


def last_cursors(prediction_ids: Iterable[str]) -> dict[str, int]:
    """The last cursor of each prediction whose log is still there."""
    rows = Prediction.objects.filter(id__in=list(prediction_ids), data_removed=False)
    return dict(rows.values_list("id", "last_cursor"))


def commit(batches: Iterable[Batch]) -> set[str]:
    """Write the batches in one transaction; returns the ids whose claim still holds.

    Nothing is written for the others: their run was taken over (the fence).
    """
    batches = list(batches)
    with transaction.atomic():
        held = _advance(batches)
        written = [batch for batch in batches if batch.claim.id in held]
        Segment.objects.bulk_create(
            Segment(prediction_id=batch.claim.id, last_cursor=packed[-1].cursor, events=packed)
            for batch in written
            for packed in _pack(batch.events)
        )
        for batch in written:
            if batch.ending:
                _close(batch)
        _tell(batch for batch in written if batch.claim.told and not batch.ending)
    return held | _committed_before(b for b in batches if b.claim.id not in held)


def _advance(batches: list[Batch]) -> set[str]:
    """Move each prediction's cursor, where epoch and cursor are the claim's: the row lock that
    serialises writers, and the fence."""
    table = connection.ops.quote_name(Prediction._meta.db_table)
    values = ", ".join(["(%s, %s, %s, %s)"] * len(batches))
    # One statement for SQLite (from 3.35) and PostgreSQL: WITH … UPDATE … FROM … RETURNING.
    sql = f"""
        WITH batch (id, epoch, previous, last) AS (VALUES {values})
        UPDATE {table} SET last_cursor = batch.last FROM batch
        WHERE {table}.id = batch.id AND {table}.epoch = batch.epoch
          AND {table}.last_cursor = batch.previous AND {table}.status IN (%s, %s)
        RETURNING {table}.id
    """
    params = [
        value
        for batch in batches
        for value in (
            batch.claim.id,
            batch.claim.epoch,
            batch.claim.committed,
            batch.events[-1].cursor,
        )
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, *Prediction.RUNNING])
        return {row[0] for row in cursor.fetchall()}


def _committed_before(batches: Iterable[Batch]) -> set[str]:
    """Of batches that were not written, those that were before: only the reply was lost."""
    return {
        batch.claim.id
        for batch in batches
        if Prediction.objects.filter(
            id=batch.claim.id, epoch=batch.claim.epoch, last_cursor=batch.events[-1].cursor
        ).exists()
    }


def _close(batch: Batch) -> None:
    """The one place where a prediction ends: final output, logs and metrics, from the log itself.

    The log is packed into few segments: same events, same ids.
    """
    prediction = costs.with_price(Prediction.objects).get(id=batch.claim.id)
    events = prediction.events
    prediction.status = batch.ending.status
    if prediction.status == Prediction.Status.ABORTED:
        prediction.started_at = None
    prediction.error = batch.ending.error
    # Why it was handed over to a fallback is there already.
    details = [prediction.error_detail, batch.ending.detail]
    prediction.error_detail = "\n".join(filter(None, details))
    prediction.waiting_for = ""
    prediction.output = [event.data for event in events if event.kind == OUTPUT] or None
    prediction.logs = "".join(event.data for event in events if event.kind == LOGS)
    prediction.completed_at = timezone.now()
    prediction.metrics = batch.ending.metrics | _measure(prediction, events)
    costs.charge(prediction)
    prediction.lease_expires_at = None
    prediction.save()
    outbox.tell_end(prediction)
    prediction.segments.all().delete()
    Segment.objects.bulk_create(
        Segment(prediction=prediction, last_cursor=packed[-1].cursor, events=packed)
        for packed in _pack(events)
    )


def _tell(batches: Iterable[Batch]) -> None:
    """Have webhooks tell of the kinds of events that were added."""
    kinds = {
        batch.claim.id: batch.claim.told & {event.kind for event in batch.events}
        for batch in batches
    }
    if grown := {id: found for id, found in kinds.items() if found}:
        outbox.tell_growth(grown)


def _measure(prediction: Prediction, events: list[Event]) -> dict:
    """Seconds, and the words (as a reader counts them) per second from the first piece on."""
    metrics = {"total_time": (prediction.completed_at - prediction.created_at).total_seconds()}
    if prediction.started_at:
        run = prediction.completed_at - prediction.started_at
        metrics["predict_time"] = run.total_seconds()
    times = [event.at for event in events if event.kind == OUTPUT]
    if times:
        metrics["time_to_first_word"] = times[0] / 1000
    if times and times[-1] > times[0]:
        seconds = (times[-1] - times[0]) / 1000
        metrics["words_per_second"] = round(len("".join(prediction.output).split()) / seconds, 1)
    return metrics


def _pack(events: list[Event]) -> Iterator[list[Event]]:
    packed: list[Event] = []
    size = 0
    for event in events:
        packed.append(event)
        size += size_of(event)
        if size >= SEGMENT_SIZE:
            yield packed
            packed, size = [], 0
    if packed:
        yield packed
