"""How large a request's body may be: a larger one is refused without reading it all.

The rules for every server, and an ASGI wrapper that holds them where the server hands a body over
as it comes. Daphne keeps it back until it is whole: `daphne_requests` holds them there.
"""

import asyncio
import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from django.conf import settings

FORM = 64 * 1024  # what an upload's form may add to the file
LINGER = 30  # seconds to go on listening to a refused client: else it might not hear the answer
PLAIN = {b"", b"identity"}


class Refusal(NamedTuple):
    """An answer after which the connection is closed."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


_uploads: list[tuple[re.Pattern, Callable[[], int]]] = []


def allow_uploads(path: str, most_bytes: Callable[[], int]) -> None:
    """Let a POST to a path that this pattern matches have a body of so many bytes, and a form's
    fields around them."""
    _uploads.append((re.compile(path), most_bytes))


def limit_of(method: str, path: str) -> int:
    """How many bytes a request's body may have."""
    for pattern, most_bytes in _uploads:
        if method == "POST" and pattern.fullmatch(path):
            return most_bytes() + FORM
    return settings.MAX_BODY_BYTES


allow_uploads("/v1/files", lambda: settings.MAX_FILE_BYTES)


def too_large(path: str, limit: int) -> Refusal:
    detail = f"The request body must not be larger than {limit} bytes."
    return _refusal(path, 413, "Content too large", detail)


def compressed(path: str) -> Refusal:
    detail = "The request body must not be compressed: leave Content-Encoding out."
    return _refusal(path, 415, "Unsupported media type", detail)


def limit_body(application):
    """`application`, with requests refused whose body is too large, or compressed."""

    async def limited(scope, receive, send):
        if scope["type"] != "http":
            return await application(scope, receive, send)
        path, headers = scope["path"], dict(scope["headers"])
        body = Body(receive, limit_of(scope["method"], path))
        if headers.get(b"content-encoding", b"").strip().lower() not in PLAIN:
            return await _refuse(compressed(path), body, send)
        length = headers.get(b"content-length", b"")
        if length.isdigit() and int(length) > body.limit:
            return await _refuse(too_large(path, body.limit), body, send)
        is_started = False

        async def noting_send(message):
            nonlocal is_started
            is_started = True
            await send(message)

        await application(scope, body.receive, noting_send)
        if body.is_too_large and not is_started:
            await _refuse(too_large(path, body.limit), body, send)

    return limited


class Body:
    """What a client sends, counted; past the limit the application sees a disconnect."""

    def __init__(self, receive, limit: int) -> None:
        self.limit = limit
        self._receive = receive
        self._count = 0
        self._is_at_end = False

    @property
    def is_too_large(self) -> bool:
        return self._count > self.limit

    async def receive(self) -> dict:
        message = await self._next()
        self._count += len(message.get("body", b""))
        return {"type": "http.disconnect"} if self.is_too_large else message

    async def drain(self) -> None:
        """Read to the end, and forget what was read."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER):
                while not self._is_at_end:
                    await self._next()

    async def _next(self) -> dict:
        message = await self._receive()
        self._is_at_end = not message.get("more_body")
        return message


async def _refuse(refusal: Refusal, body: Body, send) -> None:
    """Answer at once, and close when the client has stopped sending.

    To close before that would reset the connection, and the answer might be lost.
    """
    start = {"status": refusal.status, "headers": refusal.headers}
    await send({"type": "http.response.start", **start})
    await send({"type": "http.response.body", "body": refusal.body, "more_body": True})
    await body.drain()
    await send({"type": "http.response.body", "body": b""})


def _refusal(path: str, status: int, title: str, detail: str) -> Refusal:
    kind, text = b"text/plain; charset=utf-8", f"{detail}\n"
    if path.startswith("/v1/"):
        kind = b"application/problem+json"
        text = json.dumps({"title": title, "detail": detail, "status": status})
    body = text.encode()
    length = str(len(body)).encode()
    headers = [(b"content-type", kind), (b"content-length", length), (b"connection", b"close")]
    return Refusal(status, headers, body)
