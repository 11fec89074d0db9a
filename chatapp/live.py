"""The pages' own event stream: the words, and now and then what they look like.

The words come as in `predictions.stream`, with the same ids. Between them, without an id, come
`rendered` events: the blocks that are finished, which never change, and the one that is open.
Nothing in here lasts: a reader that comes back tells what it has, the rest is rendered anew.
"""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import monotonic
from typing import ParamSpec, TypeVar
from urllib.parse import parse_qs

from django.conf import settings

from chatapp.models import Message
from chatapp.rendering import LiveRendering
from predictions import events, sse
from predictions.models import DONE, OUTPUT, Prediction
from predictions.stream import Write, serve
from predictions.threads import in_reader

CALM = 0.15  # seconds between two looks of the open block
CALM_SHARE = 8  # and so many times what rendering it took
CALM_RATE = 200_000  # and no more than so many characters a second
SMALL = 2000  # characters that are rendered at once, without the detour by a thread
RETRY = b"retry: 1000\n\n"
PARKED = 64

P = ParamSpec("P")
T = TypeVar("T")

_renderer = ThreadPoolExecutor(2, thread_name_prefix="renderer")
_parked: OrderedDict[tuple[str, int], LiveRendering] = OrderedDict()


async def live(scope, receive, send) -> None:
    """GET what a page hears of an answer. Beside `last_event_id`: `blocks`, how many finished ones
    the page has; `plain=1` where its open one is plain text, to which words are only added;
    `brief=1` for what there is now, without waiting for more."""
    await serve(scope, receive, send, partial(play, asked_of(scope)))


def asked_of(scope) -> dict[str, str]:
    query = parse_qs(scope["query_string"].decode("latin-1"))
    return {name: query.get(name, [""])[0] for name in ("blocks", "plain", "brief")}


async def play(
    asked: dict[str, str], prediction: Prediction, reader: events.Reader, write: Write
) -> None:
    number = asked["blocks"][:9]
    blocks = int(number) if number.isascii() and number.isdigit() else 0
    rendering = None if asked["plain"] == "1" else await _rendering(prediction.id, reader.cursor)
    player = Player(reader, write, rendering, blocks)
    try:
        await (player.play_briefly() if asked["brief"] == "1" else player.play())
    finally:
        _park(prediction.id, reader.cursor, rendering)


async def _rendering(prediction_id: str, cursor: int) -> LiveRendering:
    """The words up to the cursor, rendered."""
    if parked := _parked.pop((prediction_id, cursor), None):
        return parked
    text = await in_reader(_words_until, prediction_id, cursor)
    return await _aside(len(text), LiveRendering, text)


def _words_until(prediction_id: str, cursor: int) -> str:
    """What the page has when it has heard the event at the cursor, an answer's prefix included."""
    prefix = Message.objects.filter(prediction=prediction_id).values_list("prefix", flat=True)
    heard = Prediction(id=prediction_id).events if cursor else []
    words = (event.data for event in heard if event.kind == OUTPUT and event.cursor <= cursor)
    return "".join([*prefix, *words])


def _park(prediction_id: str, cursor: int, rendering: LiveRendering | None) -> None:
    """Keep it for a reader that goes on there, as one does that asks briefly again and again."""
    if rendering and not rendering.is_plain:
        _parked[prediction_id, cursor] = rendering
        while len(_parked) > PARKED:
            _parked.popitem(last=False)


async def _aside(size: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Have what may take long done in a thread."""
    if size < SMALL:
        return work(*args, **kwargs)
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_renderer, partial(work, *args, **kwargs))


class Player:
    """Writes one page's stream. `blocks`: how many finished blocks the page has by now."""

    def __init__(
        self, reader: events.Reader, write: Write, rendering: LiveRendering | None, blocks: int
    ) -> None:
        self._reader = reader
        self._write = write
        self._rendering = rendering
        self._blocks = min(blocks, len(rendering.finished)) if rendering else 0
        self._decoder = sse.Decoder()
        self._calm_until = 0.0

    async def play(self) -> None:
        while (frames := await self._read()) != b"":
            # What words look like goes ahead of them: nobody sees half of their markup.
            is_over = await self._hear(frames or b"")
            is_calm = is_over or monotonic() >= self._calm_until
            looks = await self._looks() if is_calm else b""
            await self._write(looks + (frames or b""))

    async def play_briefly(self) -> None:
        await self._write(RETRY)
        while frames := await self._reader.glance():
            await self._hear(frames)
            await self._write(await self._looks() + frames)
        await self._write(await self._looks())

    async def _read(self) -> bytes | None:
        """The next frames; None when it is time to show what has come. b"" at the end."""
        calm = self._calm_until - monotonic()
        is_due = self._rendering is not None and self._rendering.is_stale
        patience = min(max(calm, 0), settings.HEARTBEAT_SECONDS)
        try:
            async with asyncio.timeout(patience if is_due else settings.HEARTBEAT_SECONDS):
                return await self._reader.read()
        except TimeoutError:
            return None if is_due else sse.HEARTBEAT

    async def _hear(self, frames: bytes) -> bool:
        """Take the words in; whether these were the last."""
        if self._rendering is None:
            return False
        heard = self._decoder.feed(frames)
        text = "".join(event.data for event in heard if event.event == OUTPUT)
        if text:
            size = self._rendering.open_size + len(text) if "\n" in text else len(text)
            await _aside(size, self._rendering.add, text)
        return any(event.event == DONE for event in heard)

    async def _looks(self) -> bytes:
        """A `rendered` event, where something looks otherwise than the page can know."""
        rendering = self._rendering
        if rendering is None or not rendering.is_stale:
            return b""
        started = monotonic()
        open_html = await _aside(rendering.open_size, rendering.open_html)
        blocks = rendering.finished[self._blocks :]
        looks = {"from": self._blocks, "blocks": blocks, "open": open_html, "at": rendering.at}
        self._blocks = len(rendering.finished)
        now = monotonic()
        share = CALM_SHARE * (now - started)
        self._calm_until = now + max(CALM, share, len(open_html) / CALM_RATE)
        return b"event: rendered\ndata: " + json.dumps(looks).encode() + b"\n\n"
