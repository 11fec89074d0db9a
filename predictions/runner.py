"""A run's life: claim, read the upstream, write, end. The only mover of `status`."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Collection
from contextlib import aclosing
from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, F, Q
from django.db.models.functions import Coalesce, Now

from predictions import events, files
from predictions.models import LOGS, OUTPUT, Prediction
from predictions.text import TextCleaner
from predictions.threads import in_reader, in_writer
from predictions.upstreams import Logs, Output, Piece, UpstreamError, Usage
from predictions.webhooks import outbox

logger = logging.getLogger(__name__)

T = TypeVar("T")
Status = Prediction.Status
MAX_CLAIMS = 5
MAX_TRIES = 4
PATIENCE = 60

CANCELED = events.Ending(Status.CANCELED)
ABORTED = events.Ending(Status.ABORTED)
INTERRUPTED = events.Ending(
    Status.FAILED, "The answer was interrupted: the server stopped while it was being written."
)
UNLUCKY = events.Ending(
    Status.FAILED, f"The server stopped {MAX_CLAIMS} times before the first word; please try again."
)
OUR_FAULT = events.Ending(
    Status.FAILED, "Something went wrong on our side; the server's log has the details."
)


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
        ids += [row.id for row in rows.exclude(needs_closing).only("id")[: max(0, capacity)]]
        claimed = Prediction.objects.filter(id__in=ids)
        claimed.update(
            runner=runner,
            epoch=F("epoch") + 1,
            lease_expires_at=_lease_end(),
            status=Status.PROCESSING,
            started_at=Coalesce("started_at", Now()),
        )
        claimed = claimed.annotate(is_late=ExpressionWrapper(IS_LATE, BooleanField()))
        taken = list(claimed.select_related("version__upstream").order_by("created_at"))
        outbox.tell_start(each for each in taken if each.epoch == 1 and _is_to_run(each))
        return taken


def _is_to_run(prediction: Prediction) -> bool:
    return prediction.cancel_requested_at is None and not prediction.is_late


def release(prediction_id: str, epoch: int) -> None:
    """Give back a run of which nobody saw a word: the next runner takes it at once."""
    run = Prediction.objects.filter(id=prediction_id, epoch=epoch, last_cursor=0)
    run.update(lease_expires_at=None, runner="")


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


class Run:
    """One claimed prediction, from the upstream's first byte to its ending."""

    def __init__(self, prediction: Prediction, writer: events.Writer) -> None:
        self.claim = events.Claim(
            prediction.id,
            prediction.epoch,
            prediction.last_cursor,
            told=outbox.growing_events(prediction),
        )
        self._prediction = prediction
        self._writer = writer
        self._reading: asyncio.Task | None = None
        self._stopped: events.Ending | None = None
        self._cleaners: dict[str, TextCleaner] = {}
        self._usage: dict[str, int] = {}
        self._size = 0

    async def live(self) -> None:
        """Read the upstream to its end, then write the one ending of this prediction."""
        try:
            await self._end(self._foregone() or await self._answer())
        except events.Fenced:
            logger.warning("Prediction %s was taken over by another runner.", self.claim.id)

    def stop(self, ending: events.Ending) -> None:
        """End early; the connection to the upstream closes."""
        self._stopped = ending
        if self._reading:
            self._reading.cancel()

    def _foregone(self) -> events.Ending | None:
        """The ending of a prediction that is not to be run (again): law 7."""
        if self._prediction.cancel_requested_at:
            return CANCELED
        if self._prediction.is_late:
            return ABORTED if self.claim.epoch == 1 else CANCELED
        if self.claim.has_words:
            return INTERRUPTED
        return UNLUCKY if self.claim.epoch > MAX_CLAIMS else self._stopped

    async def _answer(self) -> events.Ending:
        self._reading = asyncio.create_task(self._read())
        try:
            await self._reading
        except asyncio.CancelledError:
            if self._stopped is None:
                raise
            return self._stopped
        except UpstreamError as error:
            logger.info("Prediction %s: %s %s", self.claim.id, error.message, error.detail)
            return events.Ending(Status.FAILED, error.message, self._usage)
        except events.Fenced:
            raise
        except Exception:  # the one broad except: whatever happened, the prediction ends
            logger.exception("Prediction %s failed inside Rivulet.", self.claim.id)
            return OUR_FAULT
        return events.Ending(Status.SUCCEEDED, metrics=self._usage)

    async def _end(self, ending: events.Ending) -> None:
        for kind, cleaner in self._cleaners.items():
            for word in cleaner.flush():
                await self._writer.append(self.claim, kind, word)
        if ending is INTERRUPTED and not self.claim.has_words:
            await in_writer(release, self.claim.id, self.claim.epoch)
        else:
            await self._writer.end(self.claim, ending)

    async def _read(self) -> None:
        """Ask the upstream; again while nobody has seen a word and the error may pass (law 7)."""
        patience = Patience()
        try:
            async with asyncio.timeout(settings.RUN_TIMEOUT):
                while True:
                    try:
                        return await self._read_once()
                    except UpstreamError as error:
                        wait = patience.wait_after(error)
                        if self.claim.has_words or not error.retryable or wait is None:
                            raise
                        logger.info("Prediction %s waits: %s", self.claim.id, error.message)
                        await asyncio.sleep(wait)
        except TimeoutError as error:
            minutes = settings.RUN_TIMEOUT / 60
            raise UpstreamError(f"The answer took longer than {minutes:g} minutes.") from error

    async def _read_once(self) -> None:
        self._cleaners = {OUTPUT: TextCleaner(), LOGS: TextCleaner()}
        version = self._prediction.version
        input = await self._input()
        pieces = version.upstream.open().run(
            version.upstream_model, input, prediction_id=self.claim.id
        )
        async with aclosing(pieces):
            async for piece in in_time(pieces):
                await self._take(piece)

    async def _input(self) -> dict:
        """What the model gets: the stored input, its files as URLs that need no token."""
        input = self._prediction.input
        if not any(files.named_files(input)):
            return input
        return await in_reader(files.with_downloads, input, self._prediction.owner_id)

    async def _take(self, piece: Piece) -> None:
        match piece:
            case Output(text):
                await self._append(OUTPUT, self._cleaners[OUTPUT].feed(text))
            case Logs(text):
                await self._append(LOGS, self._cleaners[LOGS].feed(text))
            case Usage(input_tokens, output_tokens):
                counts = {"input_token_count": input_tokens, "output_token_count": output_tokens}
                self._usage |= {name: n for name, n in counts.items() if is_count(n)}

    async def _append(self, kind: str, words: list[str]) -> None:
        for word in words:
            self._size += len(word.encode()) + events.ENVELOPE
            if self._size > settings.MAX_OUTPUT_BYTES:
                limit = settings.MAX_OUTPUT_BYTES / 1024 / 1024
                raise UpstreamError(f"The answer grew past {limit:g} MiB and was stopped.")
            await self._writer.append(self.claim, kind, word)


def is_count(value: object) -> bool:
    """Whether that can be a number of tokens: upstreams send null, floats and Infinity, too."""
    return type(value) is int and 0 <= value < 10**12


async def in_time(pieces: AsyncGenerator[T]) -> AsyncIterator[T]:
    """The pieces, as long as the first and each next come within their deadlines."""
    deadline = settings.FIRST_WORD_TIMEOUT
    while True:
        try:
            async with asyncio.timeout(deadline):
                piece = await anext(pieces)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            message = f"The model was silent for {deadline:g} seconds."
            raise UpstreamError(message, retryable=True) from error
        yield piece
        deadline = settings.GAP_TIMEOUT


class Patience:
    """How long to wait before the next try: as long as the upstream asks, else doubling, with
    jitter. PATIENCE seconds in all, and without such a word of the upstream MAX_TRIES."""

    def __init__(self) -> None:
        self._until = time.monotonic() + PATIENCE
        self._tries = 0

    def wait_after(self, error: UpstreamError) -> float | None:
        """Seconds, or None where it is not worth another try."""
        self._tries += 1
        wait = error.retry_after
        if wait is None:
            if self._tries == MAX_TRIES:
                return None
            wait = 2 ** (self._tries - 1) * random.uniform(0.5, 1)
        return wait if time.monotonic() + wait < self._until else None
