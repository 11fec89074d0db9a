"""Who runs what: a claim is one UPDATE, held by a lease and fenced by its epoch (law 5)."""

from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, F, Q
from django.db.models.functions import Coalesce, Now

from predictions import turns
from predictions.models import Prediction, Upstream
from predictions.webhooks import outbox

Status = Prediction.Status
IS_LATE = Q(deadline__lt=Now())
IS_TO_BE_STOPPED = Q(cancel_requested_at__isnull=False) | IS_LATE


def claim(runner: str, capacity: int, held: Collection[str], *, orphans: bool) -> list[Prediction]:
    """Take up to `capacity` waiting predictions, and all those that only need closing.

    One conditional UPDATE: whoever had them before is fenced out by the new epoch (law 5). Not the
    runs `held` here, whose leases may have lapsed while the database was away; and those of other
    runners only with `orphans`.
    """
    is_free = Q(lease_expires_at=None)
    if orphans:
        is_free |= Q(lease_expires_at__lt=Now())
    needs_closing = Q(last_cursor__gt=0) | IS_TO_BE_STOPPED
    waiting = Prediction.objects.filter(is_free, status__in=Prediction.RUNNING)
    waiting = waiting.exclude(id__in=held)
    if not waiting.exists():
        return []
    with transaction.atomic():
        rows = waiting.select_for_update(skip_locked=True).order_by("created_at")
        ids = [row.id for row in rows.filter(needs_closing).only("id")]
        ids += turns.next_in_line(rows.exclude(needs_closing), capacity, held)
        taken = _take(runner, ids)
        outbox.tell_start(each for each in taken if each.epoch == 1 and _is_to_run(each))
        return taken


def _take(runner: str, ids: list[str]) -> list[Prediction]:
    claimed = Prediction.objects.filter(id__in=ids)
    claimed.update(
        runner=runner,
        epoch=F("epoch") + 1,
        lease_expires_at=_lease_end(),
        status=Status.PROCESSING,
        started_at=Coalesce("started_at", Now()),
    )
    claimed = claimed.annotate(is_late=ExpressionWrapper(IS_LATE, BooleanField()))
    claimed = claimed.select_related("version__upstream__fallback", "upstream__fallback")
    return list(claimed.order_by("created_at"))


def _is_to_run(prediction: Prediction) -> bool:
    return prediction.cancel_requested_at is None and not prediction.is_late


def release(prediction_id: str, epoch: int) -> None:
    """Give back a run of which nobody saw a word: the next runner takes it at once."""
    run = Prediction.objects.filter(id=prediction_id, epoch=epoch, last_cursor=0)
    run.update(lease_expires_at=None, runner="")


def hand_over(prediction_id: str, epoch: int, upstream: Upstream, why: str) -> None:
    """Give a run of which nobody saw a word to another upstream: it waits for its turn there.
    `why` is for operators."""
    run = Prediction.objects.filter(id=prediction_id, epoch=epoch, last_cursor=0)
    run.update(
        lease_expires_at=None, runner="", upstream=upstream, waiting_for="", error_detail=why
    )


def tell_waiting(prediction_id: str, epoch: int, reason: str) -> None:
    """Keep why the upstream has not begun yet; "" once it has."""
    Prediction.objects.filter(id=prediction_id, epoch=epoch).update(waiting_for=reason[:200])


def renew(runner: str, ids: list[str]) -> None:
    """Keep the leases of the runs that `runner` still holds."""
    Prediction.objects.filter(id__in=ids, runner=runner).update(lease_expires_at=_lease_end())


def held(runner: str, ids: list[str]) -> dict[str, bool]:
    """Of these runs, the ones that `runner` still holds, and whether each is to be canceled."""
    rows = Prediction.objects.filter(id__in=ids, runner=runner, status=Status.PROCESSING)
    rows = rows.annotate(is_to_be_stopped=ExpressionWrapper(IS_TO_BE_STOPPED, BooleanField()))
    return dict(rows.values_list("id", "is_to_be_stopped"))


def _lease_end():
    return Now() + timedelta(seconds=settings.LEASE_SECONDS)
