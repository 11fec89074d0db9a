"""Adding each prediction to the row of its day, once.

What was asked for before the mark is counted. Of what came later, what is counted has a row that
says so. Whoever counts is the only one who does so at that moment.
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, QuerySet
from django.utils import timezone

from chatapp.models import Counted, Message, UsageDay, UsageMark
from chatapp.models.spent import one_at_a_time
from chatapp.models.usage import BUCKETS, EDGES
from predictions.models import Prediction

BATCH = 300
MARGIN = timedelta(minutes=10)  # in which something may be stored that was asked for before
MOST = 10**12  # tokens of one answer: who counts more has counted wrongly
KEY = ("day", "model_id", "source", "site", "user_id", "currency")
SUMS = (
    *("messages", "conversations", "errors", "stopped", "input_tokens", "output_tokens", "cost"),
    *("speeds", "speed", *BUCKETS),
)
EARLIER = Message.objects.filter(
    conversation=OuterRef("message__conversation"),
    prediction__created_at__lt=OuterRef("created_at"),
)


class Fact(NamedTuple):
    """What is read of a prediction."""

    id: str
    created_at: datetime
    started_at: datetime | None
    status: str
    source: str
    metrics: dict
    cost: Decimal | None
    currency: str
    user: int | None
    model: int
    site: str | None
    conversation: object
    naming: int | None
    follows: bool

    @property
    def day(self) -> date:
        return self.created_at.astimezone(UTC).date()

    @property
    def first_word_after(self) -> float | None:
        """Seconds from the question on, as chatapp.models.answers has them."""
        seconds = self.metrics.get("time_to_first_word")
        if seconds is None or self.started_at is None:
            return None
        return seconds + (self.started_at - self.created_at).total_seconds()

    @property
    def key(self) -> tuple:
        """As KEY."""
        currency = self.currency if self.cost is not None else ""
        return (self.day, self.model, self.source, self.site or "", self.user, currency)

    def tokens(self, name: str) -> int:
        return min(MOST, self.metrics.get(f"{name}_token_count") or 0)


COLUMNS = (
    *("id", "created_at", "started_at", "status", "source", "metrics", "cost", "cost_currency"),
    *("owner", "version__model", "message__conversation__site", "message__conversation"),
    *("naming", "follows"),
)


def run_is_over(prediction_id: str, **kwargs) -> None:
    with transaction.atomic():
        one_at_a_time(["usage"])
        mark = UsageMark.objects.first() or UsageMark.objects.create(until=_beginning())
        note(add(missed(mark.until).filter(id=prediction_id)), mark)


def catch_up() -> int:
    """Count some of those that were missed, as before there was a count; how many these were."""
    with transaction.atomic():
        one_at_a_time(["usage"])
        mark = UsageMark.objects.first() or UsageMark(until=_beginning())
        facts = add(missed(mark.until).order_by("created_at")[:BATCH])
        known = facts[-1].created_at if len(facts) == BATCH else timezone.now() - MARGIN
        mark.until = max(mark.until, min([known, timezone.now() - MARGIN, *_oldest_running()]))
        mark.save()
        note(facts, mark)
    return len(facts)


def forget(most: int = 1000) -> int:
    """Remove up to `most` notes of what is before the mark; how many there were."""
    mark = UsageMark.objects.first()
    old = Counted.objects.filter(prediction__created_at__lt=mark.until if mark else _beginning())
    return Counted.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:most])).delete()[0]


@transaction.atomic
def recount() -> None:
    """Forget all that was counted; `catch_up` counts anew what is still there."""
    one_at_a_time(["usage"])
    for kept in (UsageDay, Counted, UsageMark):
        kept.objects.all().delete()


def missed(since: datetime) -> QuerySet[Prediction]:
    """Predictions that have ended and are not counted, of those asked for since then."""
    # As an exclusion, so that they are looked up by their age.
    ended = Prediction.objects.exclude(status__in=Prediction.RUNNING)
    return ended.filter(created_at__gte=since, counted=None)


def add(predictions: QuerySet[Prediction]) -> list[Fact]:
    """Count these, which are not counted yet."""
    facts = predictions.annotate(follows=Exists(EARLIER)).values_list(*COLUMNS)
    facts = [Fact._make(fact) for fact in facts]
    days = {_key(row): row for row in UsageDay.objects.filter(day__in={fact.day for fact in facts})}
    touched: dict[tuple, UsageDay] = {}
    for fact in facts:
        row = days.get(fact.key) or UsageDay(**dict(zip(KEY, fact.key, strict=True)))
        _add(touched.setdefault(fact.key, row), fact)
    _store(touched.values())
    return facts


def note(facts: list[Fact], mark: UsageMark) -> None:
    """These are counted; of what is before the mark that is known."""
    late = (fact for fact in facts if fact.created_at >= mark.until)
    Counted.objects.bulk_create(Counted(prediction_id=fact.id) for fact in late)


def _add(row: UsageDay, fact: Fact) -> None:
    row.cost += fact.cost or 0
    row.input_tokens += fact.tokens("input")
    row.output_tokens += fact.tokens("output")
    if fact.naming:
        return
    row.messages += 1
    row.conversations += bool(fact.conversation and not fact.follows)
    row.errors += fact.status == Prediction.Status.FAILED
    row.stopped += fact.status == Prediction.Status.CANCELED
    if (seconds := fact.first_word_after) is not None:
        bucket = BUCKETS[bisect_right(EDGES, seconds)]
        setattr(row, bucket, getattr(row, bucket) + 1)
    if (speed := fact.metrics.get("words_per_second")) is not None:
        row.speeds += 1
        row.speed += speed


def _store(rows: Iterable[UsageDay]) -> None:
    new = [row for row in rows if row.pk is None]
    UsageDay.objects.bulk_create(
        [row for row in rows if row.pk is not None],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=SUMS,
    )
    UsageDay.objects.bulk_create(new)


def _key(row: UsageDay) -> tuple:
    return tuple(getattr(row, name) for name in KEY)


def _beginning() -> datetime:
    first = Prediction.objects.aggregate(at=Min("created_at"))["at"]
    return first or timezone.now() - MARGIN


def _oldest_running() -> list[datetime]:
    running = Prediction.objects.filter(status__in=Prediction.RUNNING)
    oldest = running.aggregate(at=Min("created_at"))["at"]
    return [oldest] if oldest else []
