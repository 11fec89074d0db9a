"""Requests of a server that speaks Replicate's HTTP API. The token goes to its own origin only.

https://replicate.com/docs/reference/http
"""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from urllib.parse import quote, urljoin, urlsplit

from predictions.sse import ServerEvent

from . import any_json, farewells, http
from .base import DETAIL_BYTES, Unreadable, UpstreamError

BODY_BYTES = 16 * 1024 * 1024  # versions bring whole OpenAPI documents, predictions their inputs
EXCHANGE_SECONDS = 20.0
CREATE_SECONDS = 60.0
CANCEL_SECONDS = 2.0
PAGES, MOST_ROWS = 200, 5000
KEYS = 3
STOPPED = {"canceled", "aborted"}


class NoStream(UpstreamError):
    """There is no event stream to read: the words are to be had by polling."""


@dataclass
class Api:
    """`base_url` ends in the API's version ("https://api.replicate.com/v1"); `headers` carry the
    token."""

    base_url: str
    headers: dict[str, str] = field(repr=False)

    async def get(self, path: str) -> dict:
        """The object at `path` (segments are quoted already). Raises UpstreamError."""
        return await self._get(self._url(path))

    async def pages(self, path: str, rows: str = "results") -> list[dict]:
        """The objects under `rows` of all pages. A page elsewhere is not asked for."""
        url, seen, found = self._url(path), set(), []
        while url and url not in seen and len(seen) < PAGES and len(found) < MOST_ROWS:
            seen.add(url)
            page = await self._get(url)
            found += [each for each in any_json.rows_of(page, rows) if isinstance(each, dict)]
            following = page.get("next")
            url = urljoin(url, following) if isinstance(following, str) else None
            url = url if url and self._is_own(url) else None
        return found

    async def create(self, path: str, body: dict, prediction_id: str) -> dict:
        """The new prediction. Asked for again after its answer was lost, the same one, where the
        server knows the header Idempotency-Key. Canceled meanwhile, it is canceled there as well.
        """
        creation = asyncio.create_task(self._create(path, body, prediction_id))
        try:
            return await asyncio.shield(creation)
        except asyncio.CancelledError:
            farewells.say(self._cancel_once_created(creation))
            raise

    async def cancel(self, prediction_id: str) -> None:
        """Cancel at the server, also while we are being canceled ourselves."""
        await asyncio.shield(farewells.say(self._post_cancel(prediction_id)))

    async def prediction(self, prediction_id: str) -> dict:
        return await self.get(f"predictions/{quote(prediction_id, safe='')}")

    def stream_url(self, prediction: dict) -> str | None:
        """Where its event stream is; None where there is none, or none that is as private."""
        urls = prediction.get("urls")
        url = urls.get("stream") if isinstance(urls, dict) else None
        if not isinstance(url, str):
            return None
        secure = urlsplit(self.base_url).scheme == "https"
        return url if url.startswith("https://" if secure else ("http://", "https://")) else None

    async def events(self, url: str, last_event_id: str) -> AsyncGenerator[ServerEvent]:
        """The events after that one (all: ""). Raises NoStream, or the UpstreamError that broke
        the connection; a body that ends just ends."""
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        if self._is_own(url):
            headers |= self.headers
        if last_event_id:
            headers["Last-Event-ID"] = last_event_id
        try:
            async with http.stream("GET", url, headers=headers) as response:
                kind = http.media_type(response)
                if response.status_code != 200 or kind != "text/event-stream":
                    raise NoStream("There is no event stream.", detail=f"{url}: {kind}")
                async with contextlib.aclosing(http.events(response)) as events:
                    async for event in events:
                        yield event
        except http.Refused as error:
            raise NoStream(error.message, detail=error.detail) from error

    async def _create(self, path: str, body: dict, prediction_id: str) -> dict:
        digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]
        for number in range(1, KEYS + 1):
            headers = {"Idempotency-Key": f"{prediction_id}-{digest}-{number}"}
            created = await self._exchange("POST", self._url(path), headers, body, CREATE_SECONDS)
            # One that an earlier try made and gave up is not run again under its key.
            if any_json.text_of(created, "status") not in STOPPED:
                break
        if not isinstance(created.get("id"), str) or not created["id"]:
            raise Unreadable(json.dumps(created)[:DETAIL_BYTES])
        return created

    async def _cancel_once_created(self, creation: asyncio.Task[dict]) -> None:
        with contextlib.suppress(UpstreamError):
            await self._post_cancel((await creation)["id"])

    async def _post_cancel(self, prediction_id: str) -> None:
        url = self._url(f"predictions/{quote(prediction_id, safe='')}/cancel")
        with contextlib.suppress(UpstreamError):
            await self._exchange("POST", url, {}, None, CANCEL_SECONDS)

    async def _get(self, url: str) -> dict:
        return await self._exchange("GET", url, {}, None, EXCHANGE_SECONDS)

    async def _exchange(
        self, method: str, url: str, headers: dict, body: dict | None, seconds: float
    ) -> dict:
        sent = self.headers | headers
        try:
            async with asyncio.timeout(seconds):
                async with http.stream(method, url, json=body, headers=sent) as response:
                    return any_json.read_object(await http.read(response, BODY_BYTES))
        except TimeoutError as error:
            raise http.Unreachable(f"{url}: no answer in {seconds:g} s") from error

    def _url(self, path: str) -> str:
        return f"{self.base_url.rstrip('/')}/{path}"

    def _is_own(self, url: str) -> bool:
        return _origin(url) == _origin(self.base_url)


def _origin(url: str) -> tuple[str, str | None, int | None] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
        return parts.scheme, parts.hostname, port
    except ValueError:
        return None
