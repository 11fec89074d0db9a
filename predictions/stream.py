"""The ASGI view behind `urls.stream`: one reader of one event log, as server-sent events.

A plain ASGI function beside Django: no middleware, the capability checked once. It holds a cursor
and nothing else; it never raises once the response has started (law 9). Whoever plays a log in
another way brings a `play` of its own to `serve`.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import parse_qs

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from predictions import events, sse
from predictions.cursor import parse_cursor
from predictions.models import Prediction
from predictions.threads import in_reader

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"content-encoding", b"identity"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]
ALLOWED = [
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
    (b"access-control-allow-headers", b"Accept, Authorization, Cache-Control, Last-Event-ID"),
    (b"access-control-max-age", b"86400"),
]
KEY = re.compile(r"[a-z2-7]{52}")
AWAY = "The event stream cannot be read at the moment; please try again."
NOT_FOUND = "There is no such event stream; it may have expired or been deleted."
NO_SUCH_ID = "The last event id must be one that this stream sent, like 1692041342:0."

Write = Callable[[bytes], Awaitable[None]]
Find = Callable[[], Prediction | None]
Play = Callable[[Prediction, events.Reader, Write], Awaitable[None]]


async def stream(scope, receive, send) -> None:
    """GET a prediction's event stream: 200 until `done`, 204 when there is nothing more to hear."""
    await serve(scope, receive, send, _play)


async def serve(scope, receive, send, play: Play, find: Find | None = None) -> None:
    """Check the capability and the cursor, then have `play` write what its reader reads.

    `find` gives the prediction, or None; without it that is the one of the address's key.
    """
    find = find or partial(_find, scope["url_route"]["kwargs"].get("key"))
    headers = dict(scope["headers"])
    cors = _cors(headers.get(b"origin", b"").decode("latin-1"))
    if scope["method"] == "OPTIONS":
        return await _respond(send, 204, cors + ALLOWED)
    if scope["method"] not in {"GET", "HEAD"}:
        allow = (b"allow", b"GET, HEAD, OPTIONS")
        return await _refuse(send, 405, "An event stream is read with GET.", [*cors, allow])
    try:
        prediction = await in_reader(find)
    except (DatabaseError, InterfaceError):
        return await _refuse(send, 503, AWAY, [*cors, (b"retry-after", b"1")])
    if prediction is None:
        return await _refuse(send, 404, NOT_FOUND, cors)
    cursor = _cursor(headers, scope["query_string"])
    if cursor is None or (prediction.is_running and cursor > prediction.last_cursor):
        return await _refuse(send, 400, NO_SUCH_ID, cors)
    if not prediction.is_running and cursor >= prediction.last_cursor:
        return await _respond(send, 204, cors)
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS + cors})
    if scope["method"] == "GET":
        await _follow(prediction, cursor, receive, send, play)
    await send({"type": "http.response.body", "body": b""})


def _find(key: str) -> Prediction | None:
    if not KEY.fullmatch(key):
        return None
    with_version = Prediction.objects.select_related("version__base").defer("input", "output")
    prediction = with_version.filter(stream_key=key).first()
    return prediction if prediction and prediction.has_stream else None


async def _follow(prediction: Prediction, cursor: int, receive, send, play: Play) -> None:
    async def write(frames: bytes) -> None:
        await send({"type": "http.response.body", "body": frames, "more_body": True})

    async with events.follow(prediction.id, cursor) as reader:
        # A reader that leaves is noticed at once, also while the upstream is silent.
        departure = asyncio.create_task(_departure(receive))
        departure.add_done_callback(lambda _: reader.leave())
        await write(b"")
        try:
            await play(prediction, reader, write)
        finally:
            departure.cancel()


async def _play(prediction: Prediction, reader: events.Reader, write: Write) -> None:
    while frames := await _read(reader):
        await write(frames)


async def _read(reader: events.Reader) -> bytes:
    try:
        async with asyncio.timeout(settings.HEARTBEAT_SECONDS):
            return await reader.read()
    except TimeoutError:
        return sse.HEARTBEAT


async def _departure(receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _cursor(headers: dict[bytes, bytes], query: bytes) -> int | None:
    """Where to go on: the header, which a reconnecting EventSource sends, else the URL's
    `last_event_id`; 0 without either, None where it is not an event id."""
    text = headers.get(b"last-event-id", b"").decode("latin-1")
    text = text or parse_qs(query.decode("latin-1")).get("last_event_id", [""])[0]
    return parse_cursor(text) if text else 0


def _cors(origin: str) -> list[tuple[bytes, bytes]]:
    """For configured origins, exactly that origin: with credentials "*" is not allowed."""
    vary = [(b"vary", b"Origin")]
    if origin not in settings.CORS_ORIGINS:
        return vary
    return [
        *vary,
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-allow-credentials", b"true"),
    ]


async def _refuse(send, status: int, detail: str, headers: list) -> None:
    body = json.dumps({"detail": detail, "status": status}).encode()
    await _respond(send, status, [(b"content-type", b"application/problem+json"), *headers], body)


async def _respond(send, status: int, headers: list, body: bytes = b"") -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
