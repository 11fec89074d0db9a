"""Where runs live: a worker claims predictions, runs them side by side, and keeps their leases."""

import asyncio
import contextvars
import logging
import os
import socket
import time
from collections.abc import Coroutine
from contextlib import suppress

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from predictions import bus, claims, discovery, events, far_bells, retention, runner, signals
from predictions.events.tape import tapes
from predictions.models import Prediction
from predictions.threads import in_aftermath, in_writer
from predictions.webhooks.courier import Courier

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.3


class Worker:
    """Runs up to RUN_CAPACITY predictions at once on the running event loop."""

    def __init__(self) -> None:
        self.name = f"{socket.gethostname()[:40]}:{os.getpid()}:{time.time_ns() % 10**9}"
        self._writer = events.Writer()
        self._courier = Courier()
        self._runs: dict[str, runner.Run] = {}
        self._lives: dict[str, asyncio.Task] = {}
        self._is_stopping = False
        self._looking = asyncio.Lock()
        # After an outage the runs of others are left alone until they could renew their leases.
        self._adopts_after = 0.0
        self._tasks: set[asyncio.Task] = set()
        self._wake = asyncio.Event()
        self._renewed_at = 0.0

    async def serve(self) -> None:
        """Work for ever. What the bell misses is found by looking three times a second."""
        self._spawn(self._writer.run())
        self._spawn(self._courier.run())
        with bus.listen(bus.WORK, self._wake.set):
            while True:
                try:
                    await self._look()
                except (DatabaseError, InterfaceError) as error:
                    logger.warning("The worker cannot reach the database: %s", error)
                    self._adopts_after = time.monotonic() + settings.LEASE_SECONDS
                except Exception:  # a worker that stops looking would be deaf to everything
                    logger.exception("The worker stumbled, and goes on.")
                await self._pause()

    async def stop(self) -> None:
        """End what runs: answers that were seen as interrupted, the others go back to the queue."""
        self._is_stopping = True
        async with self._looking:
            for run in self._runs.values():
                run.stop(runner.INTERRUPTED)
        if self._lives:
            await asyncio.wait(self._lives.values())
        await self._courier.stop()

    async def _look(self) -> None:
        self._wake.clear()
        async with self._looking:
            await self._mind_the_held()
            if not self._is_stopping:
                await self._take_more()

    async def _take_more(self) -> None:
        room = settings.RUN_CAPACITY - len(self._runs)
        orphans = time.monotonic() > self._adopts_after
        for prediction in await in_writer(
            claims.claim, self.name, room, tuple(self._runs), orphans=orphans
        ):
            run = self._runs[prediction.id] = runner.Run(prediction, self._writer)
            self._lives[prediction.id] = self._spawn(self._live(prediction, run))

    async def _mind_the_held(self) -> None:
        """Renew leases, pass on cancels, let go of what another worker took over."""
        ids = list(self._runs)
        if not ids:
            return
        if time.monotonic() - self._renewed_at > settings.LEASE_SECONDS / 4:
            await in_writer(claims.renew, self.name, ids)
            self._renewed_at = time.monotonic()
        held = await in_writer(claims.held, self.name, ids)
        for id in ids:
            if (run := self._runs.get(id)) and held.get(id, True):
                run.stop(runner.CANCELED)

    async def _live(self, prediction: Prediction, run: runner.Run) -> None:
        tape = tapes.hold(prediction.id)
        tape.start(prediction.last_cursor)
        try:
            await run.live()
        finally:
            tapes.release(tape)
            del self._runs[prediction.id], self._lives[prediction.id]
        await in_aftermath(signals.run_over.send_robust, Prediction, prediction_id=prediction.id)

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._wake.wait()

    def _spawn(self, coroutine: Coroutine) -> asyncio.Task:
        # A fresh context: a run must not inherit the request that happened to start the worker.
        task = asyncio.create_task(coroutine, context=contextvars.Context())
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return task

    def _forget(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logger.error("A task of the worker failed.", exc_info=error)


_here: Worker | None = None


def start_here() -> None:
    """Start this process's worker on the running event loop, unless it runs already."""
    global _here
    if _here is None:
        _here = Worker()
        _here._spawn(_here.serve())
        _here._spawn(retention.keep_clean())
        if settings.REDIS_URL:
            _here._spawn(far_bells.Line(settings.REDIS_URL).serve())
        if settings.DISCOVER_UPSTREAMS:
            _here._spawn(discovery.discover())


def runs_here() -> int:
    return len(_here._runs) if _here else 0


async def stop_here() -> None:
    if _here is not None:
        await _here.stop()
