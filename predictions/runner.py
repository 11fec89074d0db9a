"""A run's life: read the upstream, write, end. The only mover of `status` but for the claim."""

import asyncio
import logging
from contextlib import aclosing
from dataclasses import replace

from django.conf import settings

from predictions import bus, claims, events, files, turns
from predictions.models import LOGS, OUTPUT, Prediction, Upstream
from predictions.patience import SECONDS, SECONDS_WITH_FALLBACK, Patience, in_time
from predictions.text import TextCleaner, clean
from predictions.threads import in_reader, in_writer
from predictions.upstreams import Logs, Output, Piece, UpstreamError, Usage, Waiting
from predictions.webhooks import outbox

logger = logging.getLogger(__name__)

Status = Prediction.Status
MAX_CLAIMS = 5

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
ASKED_AGAIN = "The model's server has not answered yet, and is asked again."


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
        self._upstream = prediction.upstream or prediction.version.upstream
        self._writer = writer
        self._reading: asyncio.Task | None = None
        self._stopped: events.Ending | None = None
        self._cleaners: dict[str, TextCleaner] = {}
        self._usage: dict[str, int] = {}
        self._size = 0
        self._reason = prediction.waiting_for

    async def live(self) -> None:
        """Read the upstream to its end, then write the one ending of this prediction; or have
        another upstream answer."""
        try:
            if ending := self._foregone() or await self._answer():
                await self._end(ending)
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

    async def _answer(self) -> events.Ending | None:
        self._reading = asyncio.create_task(self._read())
        try:
            await self._reading
        except asyncio.CancelledError:
            if self._stopped is None:
                raise
            return replace(self._stopped, metrics=self._usage)
        except UpstreamError as error:
            logger.info("Prediction %s: %s %s", self.claim.id, error.message, error.detail)
            return await self._failed(error)
        except events.Fenced:
            raise
        except Exception:  # the one broad except: whatever happened, the prediction ends
            logger.exception("Prediction %s failed inside Rivulet.", self.claim.id)
            return OUR_FAULT
        return events.Ending(Status.SUCCEEDED, metrics=self._usage)

    async def _failed(self, error: UpstreamError) -> events.Ending | None:
        """The ending, unless nobody has seen a word yet and there is a fallback to ask."""
        fallback = self._fallback()
        if fallback is None or self.claim.has_words:
            return events.Ending(Status.FAILED, error.message, self._usage, clean(error.detail))
        logger.warning(
            "Prediction %s is given to %s: %s", self.claim.id, fallback.name, error.message
        )
        why = f"{self._upstream.name}: {error.message} {error.detail}".strip()
        await in_writer(claims.hand_over, self.claim.id, self.claim.epoch, fallback, clean(why))
        bus.ring(bus.WORK)
        return None

    def _fallback(self) -> Upstream | None:
        """Who is asked next: not more than one, so that nobody waits for a chain of them."""
        fallback = self._upstream.fallback
        is_first = self._upstream.id == self._prediction.version.upstream_id
        return fallback if is_first and fallback and fallback.enabled else None

    async def _end(self, ending: events.Ending) -> None:
        for kind, cleaner in self._cleaners.items():
            for word in cleaner.flush():
                await self._writer.append(self.claim, kind, word)
        if ending.error == INTERRUPTED.error and not self.claim.has_words:
            await in_writer(claims.release, self.claim.id, self.claim.epoch)
        else:
            await self._writer.end(self.claim, ending)

    async def _read(self) -> None:
        """Ask the upstream; again while nobody has seen a word and the error may pass (law 7)."""
        patience = Patience(SECONDS_WITH_FALLBACK if self._fallback() else SECONDS)
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
                    await self._wait_to_ask_again(wait)
        except TimeoutError as error:
            minutes = settings.RUN_TIMEOUT / 60
            raise UpstreamError(f"The answer took longer than {minutes:g} minutes.") from error

    async def _wait_to_ask_again(self, seconds: float) -> None:
        await self._tell_waiting(ASKED_AGAIN)
        while seconds:
            await asyncio.sleep(seconds)
            seconds = await in_writer(turns.another_request, self._upstream)

    async def _read_once(self) -> None:
        self._cleaners = {OUTPUT: TextCleaner(), LOGS: TextCleaner()}
        self._usage = {}
        input = await self._input()
        pieces = self._upstream.open().run(self._model_there(), input, prediction_id=self.claim.id)
        async with aclosing(pieces):
            async for piece in in_time(pieces):
                await self._take(piece)

    def _model_there(self) -> str:
        """The version's name at the upstream that is asked."""
        version = self._prediction.version
        if self._upstream.id == version.upstream_id:
            return version.upstream_model
        return version.fallback_model or version.upstream_model

    async def _input(self) -> dict:
        """What the model gets: the stored input, its files as URLs that need no token."""
        input = self._prediction.input
        if files.is_named_elsewhere(input):
            input = await in_reader(files.with_opened, input)
        if not any(files.named_files(input)):
            return input
        return await in_reader(files.with_downloads, input, self._prediction.owner_id)

    async def _take(self, piece: Piece) -> None:
        match piece:
            case Output(text):
                await self._append(OUTPUT, self._cleaners[OUTPUT].feed(text))
            case Logs(text):
                await self._append(LOGS, self._cleaners[LOGS].feed(text))
            case Waiting(reason):
                await self._tell_waiting(reason)
            case Usage(input_tokens, output_tokens):
                counts = {"input_token_count": input_tokens, "output_token_count": output_tokens}
                self._usage |= {name: n for name, n in counts.items() if is_count(n)}

    async def _tell_waiting(self, reason: str) -> None:
        if reason != self._reason:
            self._reason = reason
            await in_writer(claims.tell_waiting, self.claim.id, self.claim.epoch, reason)

    async def _append(self, kind: str, words: list[str]) -> None:
        if words:
            await self._tell_waiting("")
        for word in words:
            self._size += len(word.encode()) + events.ENVELOPE
            if self._size > settings.MAX_OUTPUT_BYTES:
                limit = settings.MAX_OUTPUT_BYTES / 1024 / 1024
                raise UpstreamError(f"The answer grew past {limit:g} MiB and was stopped.")
            await self._writer.append(self.claim, kind, word)


def is_count(value: object) -> bool:
    """Whether that can be a number of tokens: upstreams send null, floats and Infinity, too."""
    return type(value) is int and 0 <= value < 10**12
