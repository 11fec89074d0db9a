"""The one import point for HTTP: the shared client, and its failures as sentences for a visitor.

httpx runs here over aiohttp's transport. That transport lets some of aiohttp's own errors through
and calls a refused connection a timeout, so callers catch TRANSPORT_ERRORS and never look closer.
"""

import asyncio
import contextlib
import json as json_library
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from email.utils import parsedate_to_datetime
from functools import partial

import aiohttp
import httpx
from django.conf import settings
from django.utils import timezone
from httpx_aiohttp import AiohttpTransport

from predictions.sse import Decoder, LineTooLong, ServerEvent

from . import any_json
from .base import DETAIL_BYTES, Interrupted, UpstreamError
from .loops import one_per_loop

BODY_BYTES = 8 * 1024 * 1024
PIECE_BYTES = 64 * 1024
TRANSPORT_ERRORS = (httpx.TransportError, aiohttp.ClientError, OSError, TimeoutError)
# What an address that an operator mistyped raises, in httpx or in aiohttp.
ADDRESS_ERRORS = (httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError)


class Refused(UpstreamError):
    """The server answered with an HTTP `status` that is not a success."""

    def __init__(self, status: int, message: str, **facts: object) -> None:
        super().__init__(message, **facts)
        self.status = status


class Unreachable(UpstreamError):
    """No connection, or one that broke before the answer."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            "The model's server could not be reached.", retryable=True, detail=detail[:DETAIL_BYTES]
        )


@one_per_loop
async def client() -> AsyncGenerator[httpx.AsyncClient]:
    """The running event loop's client: no limits, no read timeout (the runner keeps deadlines)."""
    # limit=0 is aiohttp's "no limit"; httpx.Limits(max_connections=None) would leave its 100.
    # The cookies of one visitor's run must not travel with another's.
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=httpx.create_ssl_context()),
        cookie_jar=aiohttp.DummyCookieJar(),
    )
    shared = httpx.AsyncClient(
        transport=AiohttpTransport(client=session),
        timeout=httpx.Timeout(None, connect=settings.CONNECT_TIMEOUT),
        headers={"Accept-Encoding": "identity", "User-Agent": "Rivulet"},
        follow_redirects=False,
    )
    try:
        yield shared
    finally:
        await shared.aclose()


@contextlib.asynccontextmanager
async def stream(
    method: str, url: str, *, json: object = None, headers: dict | None = None
) -> AsyncIterator[httpx.Response]:
    """The response to a request, its body still to come and its status below 300.

    Leaving the block closes the connection. Raises UpstreamError; inside the block, read the body
    with `body`.
    """
    shared = await client()
    sent = dict(headers or {})
    content = None
    if json is not None:
        # Escaped, so that half an emoji in a visitor's message can be sent as well.
        content = json_library.dumps(json).encode()
        sent["Content-Type"] = "application/json"
    try:
        request = shared.build_request(method, url, content=content, headers=sent)
        response = await shared.send(request, stream=True)
    except ADDRESS_ERRORS as error:
        raise UpstreamError(
            "The model's address cannot be used.", detail=_bounded(error)
        ) from error
    except TRANSPORT_ERRORS as error:
        raise Unreachable(_bounded(error)) from error
    try:
        if response.status_code >= 300:
            raise await refusal(response)
        yield response
    finally:
        await _close(response)


def media_type(response: httpx.Response) -> str:
    """What its body says it is, without parameters: "text/event-stream"."""
    return response.headers.get("content-type", "").partition(";")[0].strip().lower()


async def body(response: httpx.Response) -> AsyncGenerator[bytes]:
    """The response's body as it arrives, in pieces of at most PIECE_BYTES. A connection that breaks
    is an Interrupted."""
    unpack = unpacker(response.headers.get("content-encoding", ""))
    try:
        async for chunk in response.aiter_raw():
            for number, piece in enumerate(unpack(chunk)):
                if number:
                    await asyncio.sleep(0)  # a bomb must not hold up the other runs
                yield piece
    except (*TRANSPORT_ERRORS, zlib.error) as error:
        raise Interrupted(_bounded(error)) from error


def unpacker(encoding: str) -> Callable[[bytes], Iterator[bytes]]:
    """What makes plain pieces of a body's chunks. Asked for none, some servers compress anyway: a
    few bytes may stand for very many, so these come in pieces, and what is compressed twice is
    refused. Raises UpstreamError."""
    match encoding.strip().lower():
        case "" | "identity":
            return lambda chunk: iter((chunk,))
        case "gzip" | "x-gzip" | "deflate":
            return partial(_unpacked, zlib.decompressobj(zlib.MAX_WBITS | 32))
    raise UpstreamError(
        "The model's server answered with something that cannot be understood.",
        detail=f"Content-Encoding: {encoding[:200]}",
    )


def _unpacked(packed, chunk: bytes) -> Iterator[bytes]:
    is_full = False
    while (chunk or is_full) and not packed.eof:
        piece = packed.decompress(chunk, PIECE_BYTES)
        chunk, is_full = packed.unconsumed_tail, len(piece) == PIECE_BYTES
        if piece:
            yield piece


async def events(response: httpx.Response) -> AsyncGenerator[ServerEvent]:
    """The response's server-sent events as they arrive. Raises Interrupted."""
    decoder = Decoder()
    async with contextlib.aclosing(body(response)) as chunks:
        async for chunk in chunks:
            try:
                found = decoder.feed(chunk)
            except LineTooLong as error:
                raise Interrupted(str(error)) from error
            for event in found:
                yield event


async def read(response: httpx.Response, limit: int = BODY_BYTES) -> bytes:
    """The whole body, at most `limit` bytes of it: what comes after is not read."""
    chunks, size = [], 0
    async with contextlib.aclosing(body(response)) as parts:
        async for chunk in parts:
            chunks.append(chunk)
            size += len(chunk)
            if size >= limit:
                break
    return b"".join(chunks)[:limit]


async def fetch_json(method: str, url: str, **options: object) -> object:
    """A short exchange: the JSON that comes back. `options` are those of `stream`. Raises
    UpstreamError."""
    async with stream(method, url, **options) as response:
        return any_json.read(await read(response))


async def refusal(response: httpx.Response) -> Refused:
    """The error for a response whose status is not a success."""
    detail = f"HTTP {response.status_code}"
    with contextlib.suppress(UpstreamError, TimeoutError):
        async with asyncio.timeout(2):
            text = (await read(response, DETAIL_BYTES)).decode(errors="replace")
            detail = f"{detail}: {text}"
    return Refused(
        response.status_code,
        _sentence(response.status_code),
        retryable=response.status_code in {408, 425, 429} or response.status_code >= 500,
        retry_after=_retry_after(response),
        detail=detail,
    )


def _sentence(status: int) -> str:
    match status:
        case 401 | 403:
            return "The model's server refused our key."
        case 402:
            return "The model's server asks for payment first."
        case 404:
            return "The model's server does not know this model."
        case 413:
            return "The conversation is too long for this model."
        case 429:
            return "The model's server is busy. Try again in a moment."
        case _ if status >= 500:
            return "The model's server failed."
        case _ if status < 400:
            return "The model's server sent us elsewhere."
    return "The model's server did not accept the request."


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds, from a number or an HTTP date (RFC 9110, 10.2.3)."""
    value = response.headers.get("retry-after", "")
    with contextlib.suppress(ValueError):
        return min(max(0.0, float(value)), 86400.0)  # nan is 0.0 in this order
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        return max((parsedate_to_datetime(value) - timezone.now()).total_seconds(), 0.0)
    return None


def _bounded(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:DETAIL_BYTES]


async def _close(response: httpx.Response) -> None:
    with contextlib.suppress(*TRANSPORT_ERRORS):
        await response.aclose()
