"""Whose turn it is at an upstream that takes only so many runs at once, or requests a minute.

Both are counted in the database, so that all processes share them. The upstream's row is locked
while its free places are given away.
"""

import math
from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from predictions.models import Prediction, Upstream, UpstreamRequest

MINUTE = timedelta(minutes=1)
IS_LIMITED = Q(max_runs__isnull=False) | Q(requests_a_minute__isnull=False)


def next_in_line(waiting: QuerySet, capacity: int, held: Collection[str]) -> list[str]:
    """The ids of up to `capacity` of the `waiting` predictions, oldest first, as far as their
    upstreams have places; each takes one of its upstream's requests a minute.

    To be called in the transaction that claims them. `held` are runs of this process, which go on
    even where their leases have lapsed.
    """
    capacity = max(0, capacity)
    limited = Upstream.objects.filter(IS_LIMITED)
    wanted = limited.filter(predictions__in=waiting.values("id"))
    locked = list(Upstream.objects.select_for_update().filter(id__in=wanted.values("id")))
    waiting = waiting.only("id", "created_at", "upstream_id")
    # not "all but the locked": since then another may have come for one that was not wanted
    rows = list(waiting.exclude(upstream__in=limited)[:capacity])
    for upstream in locked:
        rows += waiting.filter(upstream=upstream)[: min(capacity, _places(upstream, held))]
    chosen = sorted(rows, key=lambda row: row.created_at)[:capacity]
    counted = {upstream.id for upstream in locked if upstream.requests_a_minute}
    for row in chosen:
        if row.upstream_id in counted:
            UpstreamRequest.objects.create(upstream_id=row.upstream_id, made_at=Now())
    return [row.id for row in chosen]


def another_request(upstream: Upstream) -> float:
    """Take one more of its requests a minute, for a run that asks again: 0.0, or the seconds until
    it is worth to look again."""
    if not upstream.requests_a_minute:
        return 0.0
    with transaction.atomic():
        upstream = Upstream.objects.select_for_update().filter(id=upstream.id).first()
        if upstream is None or upstream.requests_a_minute is None:
            return 0.0  # it was removed, or its limit was
        made = _requests_of_the_last_minute(upstream)
        if made.count() < upstream.requests_a_minute:
            UpstreamRequest.objects.create(upstream=upstream, made_at=Now())
            return 0.0
        oldest = made.order_by("made_at").first()
        left = oldest.made_at + MINUTE - timezone.now()
        return min(max(left.total_seconds(), 0.1), MINUTE.total_seconds())


def _places(upstream: Upstream, held: Collection[str]) -> int:
    """How many more predictions may begin there now."""
    places: float = math.inf
    if upstream.max_runs is not None:
        is_running = Q(lease_expires_at__gte=Now()) | Q(id__in=held)
        running = upstream.predictions.filter(is_running, status=Prediction.Status.PROCESSING)
        places = upstream.max_runs - running.count()
    if upstream.requests_a_minute is not None:
        made = _requests_of_the_last_minute(upstream).count()
        places = min(places, upstream.requests_a_minute - made)
    return int(max(0, min(places, 2**31)))


def _requests_of_the_last_minute(upstream: Upstream) -> QuerySet:
    upstream.requests.filter(made_at__lte=Now() - MINUTE).delete()
    return upstream.requests.filter(made_at__gt=Now() - MINUTE)
