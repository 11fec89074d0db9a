"""The courier's side of the outbox: which messages are due, what is in them, how each went."""

import json
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Now

from predictions.models import Prediction, WebhookDelivery, WebhookSecret
from predictions.objects import prediction_object
from predictions.text import REPLACEMENT, UNFIT

from .client import Answer
from .outbox import GROWING, Event, wanted
from .signing import signed_headers

Lane = tuple[str, object]
Status = WebhookDelivery.Status
LEASE = timedelta(seconds=30)
THROTTLE = timedelta(milliseconds=500)
# How many may be in flight at once in one lane: to one host, of one owner.
LANES = {"host": 8, "owner": 16}
ERROR_LENGTH = WebhookDelivery._meta.get_field("error").max_length


def turn(
    back: list[tuple[WebhookDelivery, Answer | None]], room: int, busy: Mapping[Lane, int]
) -> list[WebhookDelivery]:
    """Settle those that came back and claim the next, in one transaction: the thread that does
    this writes the event log, too."""
    if not back:
        return claim(room, busy)
    with transaction.atomic():
        for delivery, answer in back:
            settle(delivery, answer)
        return claim(room, busy)


def lanes(delivery: WebhookDelivery) -> tuple[Lane, ...]:
    return ("host", delivery.host), ("owner", delivery.owner)


def claim(room: int, busy: Mapping[Lane, int]) -> list[WebhookDelivery]:
    """Take up to `room` messages that are due, of which no other courier then takes any.

    `busy` counts what is in flight by lane. They belong to us until `next_attempt_at`.
    """
    if not room:
        return []
    owned = WebhookDelivery.objects.annotate(owner=F("prediction__owner"))
    due = owned.filter(status=Status.PENDING, next_attempt_at__lte=Now())
    due = due.exclude(_has_to_wait())
    for kind, limit in LANES.items():
        full = [name for (lane, name), count in busy.items() if lane == kind and count >= limit]
        due = due.exclude(**{f"{kind}__in": full})
    if not due.exists():
        return []
    with transaction.atomic():
        rows = due.select_for_update(skip_locked=True, of=("self",))
        rows = rows.order_by("next_attempt_at", "id")[:room]
        taken = owned.filter(id__in=list(_pick(rows, busy)))
        taken.update(next_attempt_at=Now() + LEASE, attempts=F("attempts") + 1)
        return list(taken.order_by("id"))


def pack(delivery: WebhookDelivery) -> tuple[dict[str, str], bytes] | None:
    """The headers and the body; None where there is nothing to tell any more."""
    shown = ("version__model", "version__base", "deployment__owner", "owner")
    prediction = Prediction.objects.select_related(*shown).filter(id=delivery.prediction_id).first()
    if prediction is None or prediction.owner is None or _is_stale(delivery, prediction):
        return None
    base_url = settings.PUBLIC_URL or prediction.base_url
    body = json.dumps(prediction_object(prediction, base_url)).encode()
    keys = WebhookSecret.keys_of(prediction.owner)
    signed = signed_headers(keys, delivery.webhook_id, int(time.time()), body)
    return {"Content-Type": "application/json", **signed}, body


def settle(delivery: WebhookDelivery, answer: Answer | None) -> None:
    """Note how it went (None: it was not sent), unless another courier has it by now."""
    change: dict = {"response_status": None, "error": "", "next_attempt_at": None}
    if answer:
        error = UNFIT.sub(REPLACEMENT, answer.error)[:ERROR_LENGTH]
        change |= {"response_status": answer.status, "error": error}
    wait = _wait_after(delivery, answer)
    if wait is not None:
        change["next_attempt_at"] = Now() + timedelta(seconds=wait)
    else:
        change |= {"status": _final_status(answer), "settled_at": Now()}
    ours = WebhookDelivery.objects.filter(id=delivery.id, attempts=delivery.attempts)
    ours.filter(status=Status.PENDING).update(**change)


def _has_to_wait() -> Exists:
    """A prediction's messages go out one after another; `output` and `logs` not too often."""
    others = WebhookDelivery.objects.filter(prediction=OuterRef("prediction"))
    # `completed` is the last one, and may wait for hours to be tried again.
    in_flight = others.filter(status=Status.PENDING, next_attempt_at__gt=Now())
    in_flight = in_flight.exclude(event=Event.COMPLETED)
    same = others.filter(event=OuterRef("event"), event__in=GROWING)
    return Exists(in_flight) | Exists(same.filter(settled_at__gt=Now() - THROTTLE))


def _pick(rows: Iterable[WebhookDelivery], busy: Mapping[Lane, int]) -> Iterator[int]:
    """One message a prediction, no lane too full: the claim that follows sees to the others."""
    taken, predictions = Counter(busy), set()
    for row in rows:
        has_room = all(taken[lane] < LANES[lane[0]] for lane in lanes(row))
        if has_room and row.prediction_id not in predictions:
            taken.update(lanes(row))
            predictions.add(row.prediction_id)
            yield row.id


def _is_stale(delivery: WebhookDelivery, prediction: Prediction) -> bool:
    """Whether `completed` has told the words already, or will."""
    if prediction.is_running or delivery.resend_requested_at:
        return False
    return delivery.event in GROWING and Event.COMPLETED in wanted(prediction)


def _wait_after(delivery: WebhookDelivery, answer: Answer | None) -> float | None:
    """Seconds until the next attempt, where there is one."""
    retries = settings.WEBHOOK_RETRY_SECONDS
    if answer is None or answer.is_success or answer.is_hopeless:
        return None
    if delivery.event != Event.COMPLETED or delivery.attempts > len(retries):
        return None
    return retries[delivery.attempts - 1] * random.uniform(0.9, 1.1)


def _final_status(answer: Answer | None) -> str:
    if answer is None:
        return Status.DROPPED
    return Status.DELIVERED if answer.is_success else Status.FAILED
