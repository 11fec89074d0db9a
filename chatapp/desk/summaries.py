"""Keeping the summaries: made anew whenever something in a conversation changes, and from time to
time for what was missed. Making one twice makes the same.
"""

from collections import deque
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from chatapp import rounds
from chatapp.models import Conversation, Flag, Message, Summary
from chatapp.models.summaries import SLOW
from predictions.models import Prediction

STEP = 50

_found: deque[UUID] = deque()
_rounds = rounds.Rounds()
FIELDS = [field.name for field in Summary._meta.concrete_fields if not field.primary_key]


class Fact(NamedTuple):
    """What is read of a message: nothing of its words."""

    conversation: UUID
    said_at: datetime
    status: str | None
    asked_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    metrics: dict | None
    cost: Decimal | None
    currency: str | None
    model: int | None
    upstream: int | None
    is_good: bool | None
    judged_at: datetime | None

    @property
    def first_word_after(self) -> float | None:
        """Seconds from the question on, as chatapp.models.answers has them."""
        seconds = (self.metrics or {}).get("time_to_first_word")
        if seconds is None or self.started_at is None:
            return None
        return seconds + (self.started_at - self.asked_at).total_seconds()

    @property
    def is_slow(self) -> bool:
        return (self.first_word_after or 0) >= SLOW

    @property
    def is_interrupted(self) -> bool:
        return self.status == "failed" and self.first_word_after is not None

    @property
    def concern_at(self) -> datetime | None:
        """When it last gave a reason for a look."""
        at = self.judged_at if self.is_good is False else None
        if self.status in {"failed", "canceled"} or self.is_slow:
            ended_at = self.ended_at or self.said_at
            at = max(at, ended_at) if at else ended_at
        return at


COLUMNS = (
    *("conversation", "created_at", "prediction__status", "prediction__created_at"),
    *("prediction__started_at", "prediction__completed_at", "prediction__metrics"),
    *("prediction__cost", "prediction__cost_currency", "prediction__version__model"),
    *("prediction__upstream", "feedback__is_good", "feedback__updated_at"),
)


def renew(ids: Iterable[UUID]) -> int:
    """Make these conversations' summaries; how many conversations there were. One that its owner
    deleted loses its own."""
    ids = list(ids)
    with transaction.atomic():
        there = Conversation.objects.filter(id__in=ids, deleted_at=None).defer("input")
        conversations = list(there.order_by("id").select_for_update(of=("self",)))
        Summary.objects.filter(conversation__in=ids).exclude(
            conversation__in=[each.id for each in conversations]
        ).delete()
        Summary.objects.bulk_create(
            made(conversations),
            update_conflicts=True,
            unique_fields=["conversation"],
            update_fields=FIELDS,
        )
    return len(ids)


def made(conversations: list[Conversation]) -> list[Summary]:
    """Their summaries, not stored."""
    facts: dict[UUID, list[Fact]] = {each.id: [] for each in conversations}
    messages = Message.objects.filter(conversation__in=conversations).order_by("created_at")
    for fact in map(Fact._make, messages.values_list(*COLUMNS).iterator()):
        facts[fact.conversation].append(fact)
    flags: dict[UUID, list[datetime]] = {each.id: [] for each in conversations}
    opened = Flag.objects.filter(conversation__in=conversations, cleared_at=None)
    for id, at in opened.values_list("conversation", "created_at"):
        flags[id].append(at)
    return [summary_of(each, facts[each.id], flags[each.id]) for each in conversations]


def summary_of(
    conversation: Conversation, facts: list[Fact], flagged_at: list[datetime]
) -> Summary:
    """`facts` of its messages in the order of time, and when its open flags were set."""
    answers = [fact for fact in facts if fact.status]
    last = answers[-1] if answers else None
    times = [fact.ended_at or fact.said_at for fact in facts]
    costs = [fact for fact in answers if fact.cost is not None]
    currencies = {fact.currency for fact in costs}
    is_one = len(currencies) == 1
    concerns = [*flagged_at, *(fact.concern_at for fact in facts if fact.concern_at)]
    return Summary(
        conversation=conversation,
        last_activity=max([conversation.updated_at, *times]),
        model_id=last and last.model,
        upstream_id=last and last.upstream,
        status=last.status if last else "",
        site=conversation.site,
        is_anonymous=conversation.owner_id is None,
        message_count=len(facts),
        error_count=sum(fact.status == "failed" for fact in answers),
        interrupted_count=sum(fact.is_interrupted for fact in answers),
        stopped_count=sum(fact.status == "canceled" for fact in answers),
        up_count=sum(fact.is_good is True for fact in facts),
        down_count=sum(fact.is_good is False for fact in facts),
        flag_count=len(flagged_at),
        slowest_first_word=max(_known(fact.first_word_after for fact in answers), default=None),
        input_tokens=_total(answers, "input_token_count"),
        output_tokens=_total(answers, "output_token_count"),
        cost=sum(fact.cost for fact in costs) if is_one else None,
        cost_currency=currencies.pop() if is_one else "",
        concern_at=max(concerns, default=None),
    )


def catch_up() -> int:
    """Make some of those that were missed, as where a process died: how much that was, 0 at the
    end."""
    looked_at: list[UUID] = []
    if not _found:
        looked_at = _rounds.some()
        _found.extend(missed().filter(id__in=looked_at))
        _found.extend(_over().exclude(conversation__in=_found))
    part = [_found.popleft() for _ in range(min(STEP, len(_found)))]
    return renew(part) or (len(looked_at) if len(looked_at) == rounds.SIZE else 0)


def left() -> int:
    """How many conversations have none yet: all of them where there was no review desk before."""
    there = Conversation.objects.filter(deleted_at=None).count()
    return max(0, there - Summary.objects.count())


def missed() -> QuerySet:
    """The ids of conversations without a summary, or with one from before the last turn."""
    without = Q(summary=None) | Q(summary__last_activity__lt=F("updated_at"))
    return Conversation.objects.filter(without, deleted_at=None).values_list("id", flat=True)


def _over() -> QuerySet:
    """Those whose answer has ended without a word of it."""
    running = Summary.objects.filter(status__in=Prediction.RUNNING).order_by()
    still = Prediction.objects.filter(
        message__conversation=OuterRef("conversation"), status__in=Prediction.RUNNING
    )
    return running.filter(~Exists(still)).values_list("conversation", flat=True)


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _total(answers: list[Fact], name: str) -> int | None:
    counts = [(fact.metrics or {}).get(name) for fact in answers]
    counts = [count for count in counts if count is not None]
    return sum(counts) if counts else None
