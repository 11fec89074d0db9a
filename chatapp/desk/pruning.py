"""Retention: which conversations the rules let go, and letting them go.

What is due is marked as deleted, so that it is there for nobody any more; the broom then removes it
with all that was said in it (see chatapp.upkeep.remove_deleted).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from chatapp.models import AuditEntry, Conversation, RetentionRule, Summary
from predictions.models import Prediction

from . import audit

BATCH = 200


@dataclass(frozen=True)
class Forecast:
    """What goes from one site ("" is the chat page): counts, and from when to when."""

    site: str
    days: int
    conversations: int
    messages: int
    oldest: datetime
    newest: datetime


class Sweep:
    """One going over of all that is due. It leaves one entry in the audit log, begun with the first
    batch and counted up with each other one."""

    def __init__(self, who=None, site: str | None = None) -> None:
        self._who, self._site = who, site
        self.entry: AuditEntry | None = None

    def step(self) -> int:
        """Mark a batch; how many conversations these were."""
        for rule in rules(self._site):
            with transaction.atomic():
                if counts := _mark(rule):
                    self._count(*counts)
                    return counts[0]
        self.entry = None
        return 0

    def _count(self, conversations: int, messages: int) -> None:
        if self.entry is None:
            self.entry = audit.record(
                self._who, AuditEntry.Verb.PRUNED, subject="retention", count=0, messages=0
            )
        self.entry.count += conversations
        self.entry.details["messages"] += messages
        self.entry.save(update_fields=["count", "details"])


_sweep = Sweep()


def step() -> int:
    """What upkeep does of it at a time; how many conversations that were."""
    return _sweep.step()


def rules(site: str | None = None) -> list[RetentionRule]:
    """All of them, or that one by which the conversations of a site go, with the site's name."""
    found = list(RetentionRule.objects.all())
    if site is None:
        return found
    named = [rule for rule in found if rule.site == site] or [
        RetentionRule(site=site, days=rule.days) for rule in found if rule.site == ""
    ]
    for rule in named:
        rule.is_of_one_site = True
    return named


def forecast(kept: Iterable[RetentionRule]) -> list[Forecast]:
    """What would go now if these were all the rules there are."""
    kept = list(kept)
    return [each for rule in kept for each in _forecast(rule, {other.site for other in kept})]


def due(rule: RetentionRule, sites: set[str] | None = None) -> QuerySet:
    """The summaries of what goes by this rule, the oldest first. `sites` are those with a rule."""
    end = timezone.now() - timedelta(days=rule.days)
    still = Prediction.objects.filter(
        message__conversation=OuterRef("conversation"), status__in=Prediction.RUNNING
    )
    old = Summary.objects.filter(
        ~Exists(still),
        last_activity__lt=end,
        conversation__updated_at__lt=end,  # a summary may be late
        conversation__deleted_at=None,
    )
    return old.filter(_sites(rule, sites)).order_by("last_activity")


def _sites(rule: RetentionRule, sites: set[str] | None) -> Q:
    if rule.site or getattr(rule, "is_of_one_site", False):
        return Q(site=rule.site)
    if sites is None:
        sites = set(RetentionRule.objects.values_list("site", flat=True))
    return ~Q(site__in=sites - {""})


def _forecast(rule: RetentionRule, sites: set[str]) -> Iterator[Forecast]:
    rows = due(rule, sites).order_by("site").values("site")
    for row in rows.annotate(
        conversations=Count("*"),
        messages=Sum("message_count"),
        oldest=Min("last_activity"),
        newest=Max("last_activity"),
    ):
        yield Forecast(days=rule.days, **row)


def _mark(rule: RetentionRule) -> tuple[int, int] | None:
    """How many conversations and messages a batch has; None where nothing is due."""
    first = list(due(rule).values_list("conversation", flat=True)[:BATCH])
    there = Conversation.objects.filter(id__in=first, deleted_at=None)
    locked = set(there.order_by("id").select_for_update().values_list("id", flat=True))
    # Again, now that nobody can take a turn in one of them.
    ids = list(due(rule).filter(conversation__in=locked).values_list("conversation", flat=True))
    if not ids:
        return None
    summaries = Summary.objects.filter(conversation__in=ids)
    messages = summaries.aggregate(n=Sum("message_count"))["n"] or 0
    summaries.delete()
    Conversation.objects.filter(id__in=ids).throw_away_for_good()
    return len(ids), messages
