"""A running Cog server, by its URL: its event stream where it has one, else its webhooks.

https://github.com/replicate/cog/blob/main/docs/http.md
"""

import contextlib
import json
from collections.abc import AsyncGenerator, Callable

from predictions.sse import ServerEvent

from . import http
from .base import FoundModel, Interrupted, Logs, Output, Upstream, UpstreamError, Usage
from .cog_output import as_text, ending
from .cog_webhooks import hear_run
from .schemas import STREAMING_TEXT

Ask = Callable[[str, dict], AsyncGenerator[Output | Logs | Usage]]
TAKES_LESS = "got an unexpected keyword argument"
BUSY_SECONDS = 0.25  # when to ask a server again whose slots are all taken


class Cog(Upstream):
    kind = "cog"

    async def run(
        self, model: str, input: dict, *, prediction_id: str
    ) -> AsyncGenerator[Output | Logs | Usage]:
        schema = await self._openapi()
        ask = _stream if can_stream(schema) else hear_run
        try:
            async for word in self._said(ask, {"id": prediction_id, "input": input}):
                yield word
        except UpstreamError as error:
            # A server that tells no schema may turn out to take no input at all.
            if schema or not input or TAKES_LESS not in error.detail:
                raise
            async for word in self._said(ask, {"id": prediction_id, "input": {}}):
                yield word

    async def _said(self, ask: Ask, request: dict) -> AsyncGenerator[Output | Logs | Usage]:
        try:
            async with contextlib.aclosing(ask(self.base_url.rstrip("/"), request)) as words:
                async for word in words:
                    yield word
        except http.Refused as error:
            raise _sentence(error) from error

    async def models(self) -> list[FoundModel]:
        """A Cog server has one model, without a name of its own."""
        schema = await self._openapi()
        if schema is None:
            await http.fetch_json("GET", f"{self.base_url.rstrip('/')}/health-check")
        return [FoundModel("predictor", described(schema))]

    async def _openapi(self) -> dict | None:
        """The server's own description, or None where it was built without one."""
        try:
            found = await http.fetch_json("GET", f"{self.base_url.rstrip('/')}/openapi.json")
        except http.Refused:
            return None
        if not isinstance(found, dict) or "components" not in found:
            return None
        if "/predictions" not in found.get("paths", {}):
            raise UpstreamError("This is a server, but not a Cog server.")
        return found


def can_stream(openapi: dict | None) -> bool:
    """Whether POST /predictions of this server answers with an event stream when asked."""
    paths = (openapi or {}).get("paths") or {}
    return bool((paths.get("/predictions") or {}).get("post", {}).get("x-cog-streaming"))


def described(openapi: dict | None) -> dict:
    """A version's schema: the server's own components, or "takes anything, streams text"."""
    schemas = ((openapi or {}).get("components") or {}).get("schemas") or {}
    anything = {"type": "object", "title": "Input", "properties": {}, "additionalProperties": True}
    ours = {"Input": anything, "Output": STREAMING_TEXT}
    return {
        "openapi": (openapi or {}).get("openapi", "3.0.2"),
        "info": {"title": "Cog", "version": "0.1.0"},
        "components": {"schemas": {**ours, **schemas}},
    }


async def _stream(server: str, request: dict) -> AsyncGenerator[Output | Logs | Usage]:
    """Closing this closes the connection, and that cancels the run at the server."""
    seen = 0
    headers = {"Accept": "text/event-stream"}
    async with (
        http.stream("POST", f"{server}/predictions", json=request, headers=headers) as response,
        contextlib.aclosing(http.events(response)) as events,
    ):
        async for event in events:
            facts = _facts(event)
            match event.event:
                case "output":
                    seen += 1
                    yield Output(as_text(facts.get("chunk")))
                case "log":
                    yield Logs(str(facts.get("data", "")))
                case "completed":
                    for word in ending(facts, seen):
                        yield word
                    return
    raise Interrupted("The Cog server's stream ended without its completed event.")


def _facts(event: ServerEvent) -> dict:
    try:
        facts = json.loads(event.data)
    except ValueError as error:
        raise Interrupted(f"not JSON: {event.data[:1000]}") from error
    return facts if isinstance(facts, dict) else {}


def _sentence(error: http.Refused) -> UpstreamError:
    """Cog's own meaning of a status: 409 all slots are taken, 503 still in setup."""
    match error.status:
        case 409:
            return _again("The model is busy with another prediction.", error)
        case 503:
            return _again("The model is still starting.", error)
        case 400 | 422:
            error.message = "The model does not take this input."
    return error


def _again(message: str, error: http.Refused) -> UpstreamError:
    return UpstreamError(message, retryable=True, retry_after=BUSY_SECONDS, detail=error.detail)
