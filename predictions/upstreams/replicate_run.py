"""Hearing one prediction at a Replicate server out: its event stream while that works, polling
where it does not, and at the end the polled output, which is the truth."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, suppress

from predictions.sse import ServerEvent

from . import any_json
from .base import Interrupted, Logs, Output, Piece, UpstreamError, Usage, Waiting
from .cog_output import items
from .http import Refused
from .replicate_api import Api, NoStream
from .replicate_words import Astray, Places, Words

OVER = {"succeeded", "failed", "canceled", "aborted"}
SILENCE_SECONDS = 2.0  # so long nothing from the stream, and the prediction is polled
POLL_SECONDS = 0.5
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
IDLE_SECONDS = 20.0  # so long nothing, and the stream is opened anew: it may be a dead connection
STREAM_TRIES = 6  # short connections in a row without a new event, while polling works
GONE_SECONDS = 15.0
LONGEST_WAIT = 30.0


class RemoteRun:
    """A prediction that was created at `api`; `pieces` is to be read once."""

    def __init__(self, api: Api, created: dict) -> None:
        self.id: str = created["id"]
        self._api = api
        self._prediction = created
        self._stream_url = api.stream_url(created)
        self._output, self._logs = Words(), Words()
        self._places = Places()
        self._failures = 0
        self._is_done = False
        self._pause = POLL_SECONDS
        self._is_again = False
        self._last_contact = self._last_event = time.monotonic()

    @property
    def is_over(self) -> bool:
        return any_json.text_of(self._prediction, "status") in OVER

    async def pieces(self) -> AsyncGenerator[Piece]:
        """What it says, to its end. Raises UpstreamError, too, where it ended otherwise than
        well."""
        while not self.is_over:
            self._pause = POLL_SECONDS
            if self._stream_url and not self._is_done and self._failures < STREAM_TRIES:
                async with aclosing(self._streamed()) as pieces:
                    async for piece in pieces:
                        yield piece
            for piece in await self._polled():
                yield piece
            if not self.is_over:
                await asyncio.sleep(self._pause)
        for piece in self._rest():
            yield piece
        self._judge()

    async def _streamed(self) -> AsyncGenerator[Piece]:
        """One connection to the event stream, until it ends in whatever way."""
        self._pause = min(FIRST_PAUSE * 2**self._failures, LONGEST_PAUSE)
        self._failures += 1
        self._places.connect()
        self._is_again = self._output.is_streamed
        opened = self._last_event = time.monotonic()
        events = patiently(self._api.events(self._stream_url, self._places.last_id))
        try:
            async with aclosing(events):
                async for event in events:
                    news = list(self._take(event)) if event else await self._polled()
                    for piece in news:
                        yield piece
                    is_stuck = event is None and self._is_stuck(news)
                    if self._is_done or self.is_over or is_stuck:
                        break
        except (NoStream, Astray):
            self._stream_url = None
        except UpstreamError:
            pass  # it is opened again, after the last event
        if time.monotonic() - opened > IDLE_SECONDS:
            self._failures = 0  # a server may end a stream in which nothing happens

    def _is_stuck(self, news: list[Piece]) -> bool:
        """Whether polling told what the stream did not, or it was silent for too long."""
        is_behind = any(isinstance(piece, Output | Logs) for piece in news)
        return is_behind or time.monotonic() - self._last_event > IDLE_SECONDS

    def _take(self, event: ServerEvent) -> Iterator[Piece]:
        self._last_contact = self._last_event = time.monotonic()
        if not self._places.is_new(event):
            return
        if event.event == "output":
            if self._is_again and self._output.begins_with(event.data):
                raise Astray  # a replay under new ids, perhaps: what polling tells is sure
            self._is_again = self._is_again and not event.data
        self._failures = 0
        match event.event:
            case "output" if text := self._output.from_stream(event.data):
                yield Output(text)
            case "logs":
                with suppress(Astray):
                    if text := self._logs.from_stream(event.data):
                        yield Logs(text)
            case "done":
                self._is_done = True

    async def _polled(self) -> list[Piece]:
        """What asking how it stands tells more. A server that cannot say is borne a while."""
        try:
            self._prediction = await self._api.prediction(self.id)
        except UpstreamError as error:
            self._bear(error)
            return []
        self._last_contact = time.monotonic()
        if self._prediction.get("status") == "starting" and not self._output.text:
            self._pause = max(self._pause, POLL_SECONDS * 2)
            return [Waiting("The model is starting.")]
        return list(self._news())

    def _bear(self, error: UpstreamError) -> None:
        """Raises Interrupted once the server has been away for too long."""
        wait = error.retry_after or 0.0
        self._pause = max(self._pause, min(wait, LONGEST_WAIT), POLL_SECONDS)
        self._failures = max(0, self._failures - 1)  # it is not the stream that fails
        if isinstance(error, Refused) and error.status == 429:
            self._last_contact = time.monotonic()
        if time.monotonic() - self._last_contact > GONE_SECONDS:
            raise Interrupted(error.detail or error.message) from error

    def _news(self) -> Iterator[Piece]:
        logs = self._prediction.get("logs")
        for text in self._logs.from_poll([logs] if isinstance(logs, str) else []):
            yield Logs(text)
        for text in self._output.from_poll(items(self._prediction)):
            yield Output(text)

    def _rest(self) -> Iterator[Piece]:
        """The last words, and the token counts."""
        yield from self._news()
        metrics = self._prediction.get("metrics")
        counts = metrics if isinstance(metrics, dict) else {}
        usage = Usage(counts.get("input_token_count"), counts.get("output_token_count"))
        if usage != Usage():
            yield usage

    def _judge(self) -> None:
        """Raises UpstreamError unless it succeeded, and every word that was passed on is its."""
        match self._prediction["status"]:
            case "failed":
                detail = str(self._prediction.get("error"))[:4096]
                raise UpstreamError("The model failed while it was running.", detail=detail)
            case "canceled":
                raise UpstreamError("The prediction was canceled at the model's server.")
            case "aborted":
                raise UpstreamError("The prediction was stopped before the model had started.")
        if self._prediction.get("data_removed") and self._is_done:
            return  # nothing to compare with any more, but the stream was heard to its end
        if not self._output.is_told_by(items(self._prediction)):
            kept = json.dumps(self._prediction.get("output"))[:2000]
            raise UpstreamError(
                "The answer as it came is not the one that the model's server has kept.",
                detail=f"kept: {kept}",
            )


async def patiently(
    events: AsyncGenerator[ServerEvent],
) -> AsyncGenerator[ServerEvent | None]:
    """The events; None whenever none came for SILENCE_SECONDS."""
    async with aclosing(events):
        coming = None
        try:
            while True:
                coming = coming or asyncio.ensure_future(anext(events))
                done, _ = await asyncio.wait([coming], timeout=SILENCE_SECONDS)
                if not done:
                    yield None
                    continue
                arrived, coming = coming, None
                try:
                    event = arrived.result()
                except StopAsyncIteration:
                    return
                yield event
        finally:
            if coming:
                coming.cancel()
                await asyncio.wait([coming])
                if not coming.cancelled():
                    coming.exception()
