"""The inbox: conversations in which something deserves a look, until somebody has looked.

The newest concern comes first. What is done comes back with the next thing that concerns.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from chatapp.models import Review, Summary, Transcript
from chatapp.models.summaries import SLOW
from chatapp.models.transcripts import TranscriptQuerySet

# Why a conversation deserves a look: what it is called, and what its summary then says.
FACTS = {
    "down": ("Thumbs down", ("down_count__gt", 0)),
    "failed": ("Failed", ("error_count__gt", 0)),
    "stopped": ("Stopped early", ("stopped_count__gt", 0)),
    "slow": ("Slow first word", ("slowest_first_word__gte", SLOW)),
    "flagged": ("Flagged", ("flag_count__gt", 0)),
}
REASONS = {
    key: (title, Q((f"summary__{name}", value))) for key, (title, (name, value)) in FACTS.items()
}
CONCERNS = Q(summary__concern_at__isnull=False)
IS_OPEN = Q(review=None) | Q(review__done_at=None) | Q(review__done_at__lt=F("summary__concern_at"))


def waiting() -> TranscriptQuerySet:
    """What deserves a look, the newest concern first."""
    found = Transcript.objects.there().filter(CONCERNS & IS_OPEN)
    return found.order_by("-summary__concern_at", "-pk")


def done() -> TranscriptQuerySet:
    """What was looked at and gave no new reason since, the latest first."""
    found = Transcript.objects.there().filter(CONCERNS).exclude(review=None)
    found = found.filter(review__done_at__gte=F("summary__concern_at"))
    return found.order_by("-review__done_at", "-pk")


def whose(person) -> dict[str, tuple[str, Q]]:
    """Whose they are to look at, as this person chooses: what it is called, and which ones."""
    return {
        "all": ("All", Q()),
        "mine": ("Mine", Q(review__assignee=person)),
        "nobody": (
            "Nobody\N{RIGHT SINGLE QUOTATION MARK}s",
            Q(review=None) | Q(review__assignee=None),
        ),
    }


def counts(person, who: str, why: str) -> dict[str, int]:
    """How many wait for each choice of `whose` (with that reason) and of REASONS (of theirs), and
    `any` of theirs, whatever the reason."""
    rows = list(_counted())
    is_theirs = {
        "all": lambda assignee: True,
        "mine": lambda assignee: assignee == person.pk,
        "nobody": lambda assignee: assignee is None,
    }
    found = {
        key: sum(row[why or "any"] for row in rows if is_its(row["assignee"]))
        for key, is_its in is_theirs.items()
    }
    theirs = [row for row in rows if is_theirs[who](row["assignee"])]
    return found | {key: sum(row[key] for row in theirs) for key in ("any", *REASONS)}


def _counted() -> QuerySet:
    """How many wait, by assignee and reason; read from the summaries alone, of which many wait."""
    review = Review.objects.filter(conversation=OuterRef("pk"))
    is_done = Exists(review.filter(done_at__gte=OuterRef("concern_at")))
    found = Summary.objects.filter(concern_at__isnull=False).exclude(is_done).order_by()
    found = found.annotate(assignee=Subquery(review.values("assignee")[:1])).values("assignee")
    reasons = {key: Count("pk", filter=Q(fact)) for key, (_, fact) in FACTS.items()}
    return found.annotate(any=Count("pk"), **reasons)


def next_for(person, after: Transcript | None = None) -> Transcript | None:
    """What this person looks at next: their own first, then nobody's. It goes on below `after`, and
    from the top again."""
    choices = whose(person)
    for theirs in (choices["mine"][1], choices["nobody"][1]):
        pool = waiting().filter(theirs)
        if after is None:
            found = pool.first()
        else:
            pool = pool.exclude(pk=after.pk)
            found = _below(pool, after).first() or pool.first()
        if found:
            return found
    return None


def _below(pool: TranscriptQuerySet, after: Transcript) -> TranscriptQuerySet:
    at = after.summary.concern_at
    if at is None:
        return pool
    is_same = Q(summary__concern_at=at, pk__lt=after.pk)
    return pool.filter(Q(summary__concern_at__lt=at) | is_same)


def finish(ids: Iterable[UUID], person, seen_at: datetime | None = None) -> int:
    """Say that they were looked at, as they were at `seen_at` (now): what concerned somebody since
    then still waits. How many there were."""
    at = min(filter(None, [seen_at, timezone.now()]))
    return _put(ids, done_at=at, done_by=person)


def reopen(ids: Iterable[UUID]) -> int:
    return _put(ids, done_at=None, done_by=None)


def assign(ids: Iterable[UUID], person) -> int:
    """Give them to somebody who reviews, or with None to nobody."""
    return _put(ids, assignee=person)


def reviewers() -> QuerySet:
    """Whom something can be assigned to."""
    people = get_user_model().objects.with_perm(
        "chatapp.review_transcript", backend="django.contrib.auth.backends.ModelBackend"
    )
    return people.filter(is_staff=True).order_by("username")


@transaction.atomic
def _put(ids: Iterable[UUID], **fields: object) -> int:
    there = Transcript.objects.there().filter(pk__in=list(ids)).values_list("pk", flat=True)
    reviews = [Review(conversation_id=id, **fields) for id in there]
    Review.objects.bulk_create(
        reviews, update_conflicts=True, unique_fields=["conversation"], update_fields=list(fields)
    )
    return len(reviews)
