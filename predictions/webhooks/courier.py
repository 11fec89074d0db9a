"""The courier: takes messages from the outbox to their receivers, many at a time.

It runs beside the worker in each process. What the bell misses is found by looking each second.
"""

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from functools import partial

from django.db import DatabaseError, InterfaceError, OperationalError

from predictions import bus
from predictions.keyring import Undecipherable
from predictions.models import WebhookDelivery
from predictions.threads import in_reader, in_writer

from . import deliveries
from .client import Answer, open_session, post

logger = logging.getLogger(__name__)

IN_FLIGHT = 64
POLL_SECONDS = 1
STOP_SECONDS = 1.5
AFTER_THROTTLE = deliveries.THROTTLE.total_seconds() + 0.005


class Courier:
    def __init__(self) -> None:
        self._wake = asyncio.Event()
        self._busy: Counter[deliveries.Lane] = Counter()
        self._journeys: set[asyncio.Task] = set()
        self._back: list[tuple[WebhookDelivery, Answer | None]] = []
        self._is_stopping = False

    async def run(self) -> None:
        """Deliver for ever."""
        with bus.listen(bus.WEBHOOKS, self._wake.set):
            while True:
                try:
                    await self._look()
                except (DatabaseError, InterfaceError) as error:
                    logger.warning("The courier cannot reach the database: %s", error)
                except Exception:  # a courier that stops looking would leave all messages lying
                    logger.exception("The courier stumbled, and goes on.")
                await self._pause()

    async def stop(self) -> None:
        """Take no more messages, and give those in flight a moment to arrive: who is asked twice
        after a restart is asked a lease later."""
        self._is_stopping = True
        if self._journeys:
            await asyncio.wait(self._journeys, timeout=STOP_SECONDS)
        with suppress(DatabaseError, InterfaceError):
            await self._turn()

    async def _look(self) -> None:
        self._wake.clear()
        while claimed := await self._turn():
            for delivery in claimed:
                self._busy.update(deliveries.lanes(delivery))
                journey = asyncio.create_task(_deliver(delivery))
                self._journeys.add(journey)
                journey.add_done_callback(partial(self._is_back, delivery))

    async def _turn(self) -> list[WebhookDelivery]:
        """Write down how it went, and take what is due."""
        room = 0 if self._is_stopping else IN_FLIGHT - len(self._journeys)
        back, self._back = self._back, []
        try:
            claimed = await in_writer(deliveries.turn, back, room, dict(self._busy))
        except (OperationalError, InterfaceError):
            self._back += back  # for when the database is there again
            raise
        if any(delivery.event in deliveries.GROWING for delivery, _ in back):
            # From when it was written down, which a busy writer does later than it came back.
            asyncio.get_running_loop().call_later(AFTER_THROTTLE, self._wake.set)
        return claimed

    def _is_back(self, delivery: WebhookDelivery, journey: asyncio.Task) -> None:
        """What failed on our side is tried again when the lease is over."""
        self._journeys.discard(journey)
        self._busy -= Counter(deliveries.lanes(delivery))
        if journey.cancelled():
            return
        if error := journey.exception():
            logger.error("Webhook %s failed here.", delivery.webhook_id, exc_info=error)
        else:
            self._back.append((delivery, journey.result()))
        self._wake.set()

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._wake.wait()


async def _deliver(delivery: WebhookDelivery) -> Answer | None:
    """The receiver's answer; None where there was nothing to tell any more."""
    try:
        packed = await in_reader(deliveries.pack, delivery)
    except Undecipherable as error:
        return Answer(error=f"It cannot be signed: {error}")
    if packed is None:
        return None
    headers, body = packed
    return await post(await open_session(), delivery.url, headers, body)
