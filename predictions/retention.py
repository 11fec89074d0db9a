"""What is not kept for ever: the data of API predictions, their keys and webhooks, and files.

What people say in the chat (source `web`) is not touched here: whoever keeps it adds steps of
their own (`also`).
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, InterfaceError, transaction
from django.db.models.functions import Now

from predictions.models import File, Prediction, Segment, WebhookDelivery
from predictions.threads import in_writer

logger = logging.getLogger(__name__)

EVERY_SECONDS = 30
BATCH = 100
IDEMPOTENCY_KEYS = timedelta(hours=24)
DELIVERIES = timedelta(days=30)


_further_steps: list[Callable[[], int]] = []


def also(step: Callable[[], int]) -> None:
    """Have `step` done in turn: a batch at a call, and it returns how many there were."""
    if step not in _further_steps:
        _further_steps.append(step)


async def keep_clean() -> None:
    """Look for ever, at least as often as API_RETENTION."""
    while True:
        await asyncio.sleep(min(EVERY_SECONDS, settings.API_RETENTION or EVERY_SECONDS))
        for step in (
            remove_data,
            forget_keys,
            forget_deliveries,
            File.remove_expired,
            *_further_steps,
        ):
            try:
                await _all(step)
            except (DatabaseError, InterfaceError) as error:
                logger.warning("The database cannot be cleaned at the moment: %s", error)


async def _all(step: Callable[[], int]) -> None:
    """Batch after batch, so that the event log never waits long for its turn to write."""
    while await in_writer(step):
        await asyncio.sleep(0)


@transaction.atomic
def remove_data() -> int:
    """Inputs, outputs, logs and event logs of API predictions that ended API_RETENTION ago, and
    what upstreams said of them, which may repeat an input; how many of a batch there were. The
    rows stay, with `data_removed`."""
    if not settings.API_RETENTION:
        return 0
    old = Prediction.objects.filter(
        source=Prediction.Source.API,
        data_removed=False,
        completed_at__lt=Now() - timedelta(seconds=settings.API_RETENTION),
    )
    ids = list(old.order_by("completed_at").values_list("id", flat=True)[:BATCH])
    Prediction.objects.filter(id__in=ids).update(
        input={}, output=None, logs="", error_detail="", data_removed=True
    )
    Segment.objects.filter(prediction__in=ids).delete()
    return len(ids)


@transaction.atomic
def forget_keys() -> int:
    """Idempotency keys older than a day: they may be used again."""
    old = Prediction.objects.exclude(idempotency_key="").filter(
        created_at__lt=Now() - IDEMPOTENCY_KEYS
    )
    ids = list(old.values_list("id", flat=True)[:BATCH])
    return Prediction.objects.filter(id__in=ids).update(idempotency_key="", request_digest="")


@transaction.atomic
def forget_deliveries() -> int:
    """Webhook deliveries that were settled a month ago."""
    old = WebhookDelivery.objects.filter(
        created_at__lt=Now() - DELIVERIES, settled_at__lt=Now() - DELIVERIES
    )
    ids = list(old.order_by("created_at").values_list("id", flat=True)[:BATCH])
    return WebhookDelivery.objects.filter(id__in=ids).delete()[0]
