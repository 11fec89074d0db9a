"""Group commit: one writer per process commits what all runs have pending, then shows it (law 2).

While it commits, the next batch gathers. With few runs the next commit starts at once; with many
it waits a little, so that commits and writes are joined.
"""

import asyncio
import logging

from django.db import DatabaseError, DataError, IntegrityError, InterfaceError

from predictions.models import DONE, ERROR
from predictions.threads import in_writer

from . import log
from .tape import tapes

logger = logging.getLogger(__name__)

MAX_PENDING = 1024 * 1024
PAUSE_PER_RUN = 0.0002
MAX_PAUSE = 0.1
RETRY_SECONDS = 0.5


class Fenced(Exception):
    """The run is not ours any more: another process took it over, and nothing was written."""


class Writer:
    def __init__(self) -> None:
        self._pending: dict[str, log.Batch] = {}
        self._has_pending = asyncio.Event()
        self._has_committed = asyncio.Condition()

    async def append(self, claim: log.Claim, kind: str, data: str) -> None:
        """Add an event to the next commit. Waits only while MAX_PENDING bytes of this run do."""
        batch = self._add(claim, kind, data)
        if batch.size > MAX_PENDING:
            await self._committed(batch)

    async def end(self, claim: log.Claim, ending: log.Ending) -> None:
        """Log `error` and `done`, close the prediction, and wait until that is committed."""
        if ending.error:
            self._add(claim, ERROR, ending.error)
        batch = self._add(claim, DONE, ending.done)
        batch.ending = ending
        await self._committed(batch)

    async def run(self) -> None:
        """Commit for ever."""
        while True:
            await self._has_pending.wait()
            self._has_pending.clear()
            batches, self._pending = list(self._pending.values()), {}
            await self._commit(batches)
            if len(batches) > 2:
                await asyncio.sleep(min(MAX_PAUSE, PAUSE_PER_RUN * len(batches)))

    def _add(self, claim: log.Claim, kind: str, data: str) -> log.Batch:
        if claim.is_lost:
            raise Fenced(claim.id)
        batch = self._pending.get(claim.id)
        if batch is None:
            batch = self._pending[claim.id] = log.Batch(claim)
        event = claim.event(kind, data)
        batch.events.append(event)
        batch.size += log.size_of(event)
        self._has_pending.set()
        return batch

    async def _committed(self, batch: log.Batch) -> None:
        async with self._has_committed:
            await self._has_committed.wait_for(lambda: batch.is_settled)
        if batch.claim.is_lost:
            raise Fenced(batch.claim.id)

    async def _commit(self, batches: list[log.Batch]) -> None:
        """Commit and show. A batch that cannot be is lost with its run, which then ends as an
        orphan does; the writer itself goes on whatever happens."""
        try:
            held = await self._write([batch for batch in batches if not batch.claim.is_lost])
            for batch in batches:
                if batch.claim.id in held:
                    self._show(batch)
        except Exception:
            logger.exception("The event log could not be written.")
        for batch in batches:
            if not batch.is_settled:
                self._lose(batch)
        async with self._has_committed:
            self._has_committed.notify_all()

    async def _write(self, batches: list[log.Batch]) -> set[str]:
        """Commit, again and again while the database is away: the words wait, the readers too."""
        while batches:
            try:
                return await in_writer(log.commit, batches)
            except (DataError, IntegrityError, ValueError):
                if len(batches) == 1:
                    logger.exception("The event log refused a batch of %s", batches[0].claim.id)
                    return set()
                written = [await self._write([batch]) for batch in batches]
                return set().union(*written)
            except (DatabaseError, InterfaceError) as error:
                logger.warning("The event log cannot be written at the moment: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
        return set()

    def _show(self, batch: log.Batch) -> None:
        previous, batch.claim.committed = batch.claim.committed, batch.events[-1].cursor
        batch.is_settled = True
        if tape := tapes.get(batch.claim.id):
            tape.feed(previous, batch.events)

    def _lose(self, batch: log.Batch) -> None:
        batch.claim.is_lost = batch.is_settled = True
