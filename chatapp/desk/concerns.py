"""Why conversations deserve a look: each reason with a sentence, and the message that gave it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Substr

from chatapp.models import Feedback, Flag, Message, Transcript
from chatapp.models.summaries import SLOW

from .inbox import REASONS
from .summaries import COLUMNS, Fact

LONGEST = 200  # characters of what was said
MORE = (
    *("id", "prediction__error", "feedback__reason", "feedback__comment"),
    "question",
)


@dataclass
class Concern:
    """A reason, the newest of its kind: `sentence` tells more; `said` is what was asked there, its
    beginning; `message` is None where the whole conversation was flagged."""

    kind: str
    sentence: str
    at: datetime
    message: UUID | None = None
    said: str = ""
    times: int = 1
    is_new: bool = True  # since somebody looked the last time

    @property
    def title(self) -> str:
        return REASONS[self.kind][0]


def of(transcripts: Iterable[Transcript]) -> dict[UUID, list[Concern]]:
    """Theirs, the newest first, one of a kind."""
    transcripts = list(transcripts)
    found: dict[UUID, dict[str, Concern]] = {each.pk: {} for each in transcripts}
    for id, concern in chain(_answers(transcripts), _flags(transcripts)):
        same = found[id].setdefault(concern.kind, concern)
        if same is not concern:
            concern.times += same.times
            found[id][concern.kind] = max(same, concern, key=lambda each: each.at)
            found[id][concern.kind].times = concern.times
    told = {}
    for each in transcripts:
        review = getattr(each, "review", None)
        concerns = sorted(found[each.pk].values(), key=lambda concern: concern.at, reverse=True)
        for concern in concerns:
            concern.is_new = not (review and review.done_at and concern.at <= review.done_at)
        told[each.pk] = concerns
    return told


def _answers(transcripts: list[Transcript]):
    """What answers and verdicts on them tell; of their words nothing is read."""
    slow = [each.pk for each in transcripts if (each.summary.slowest_first_word or 0) >= SLOW]
    is_of_concern = (
        Q(feedback__is_good=False)
        | Q(prediction__status__in=["failed", "canceled"])
        | Q(conversation__in=slow, prediction__isnull=False)
    )
    messages = Message.objects.filter(conversation__in=transcripts).filter(is_of_concern)
    messages = messages.annotate(question=Substr("parent__text", 1, LONGEST))
    rows = messages.order_by("created_at").values_list(*COLUMNS, *MORE)
    for row in rows.iterator():
        fact = Fact._make(row[: len(COLUMNS)])
        id, error, reason, comment, said = row[len(COLUMNS) :]
        for kind, sentence, at in _reasons(fact, error, reason, comment):
            yield fact.conversation, Concern(kind, sentence, at, id, said or "")


def _reasons(fact: Fact, error: str | None, reason: str | None, comment: str | None):
    """(kind, sentence, when) of each reason that a message gives."""
    ended_at = fact.ended_at or fact.said_at
    if fact.is_good is False:
        why = Feedback.Reason(reason).label if reason else ""
        yield "down", ": ".join(filter(None, [str(why), comment])), fact.judged_at
    if fact.status == "failed":
        yield "failed", error or "The answer could not be finished.", ended_at
    if fact.status == "canceled":
        yield "stopped", _stopped(fact), ended_at
    if fact.is_slow:
        yield "slow", f"after {fact.first_word_after:.1f} s", ended_at


def _stopped(fact: Fact) -> str:
    if fact.first_word_after is None:
        return "before the first word"
    if fact.ended_at is None:
        return ""
    return f"after {(fact.ended_at - fact.asked_at).total_seconds():.1f} s"


def _flags(transcripts: list[Transcript]):
    flags = Flag.objects.filter(conversation__in=transcripts, cleared_at=None)
    flags = flags.select_related("by").annotate(
        own=Substr("message__text", 1, LONGEST),
        question=Substr("message__parent__text", 1, LONGEST),
    )
    for flag in flags:
        who = f"by {flag.by}" if flag.by else ""
        sentence = ", ".join(filter(None, [flag.reason, who]))
        said = flag.own or flag.question or ""
        yield (
            flag.conversation_id,
            Concern("flagged", sentence, flag.created_at, flag.message_id, said),
        )
