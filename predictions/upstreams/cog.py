"""A running Cog server, by its URL: its event stream where it has one, else its webhooks.

https://github.com/replicate/cog/blob/main/docs/http.md
"""

import contextlib
from collections.abc import AsyncGenerator

from predictions.checking import is_sound

from . import any_json, http
from .base import FoundModel, Piece, Upstream, UpstreamError, Waiting
from .cog_health import Busy, ask_health
from .cog_stream import stream_run
from .cog_turns import Turn, stand_in_line
from .cog_webhooks import hear_run
from .schemas import STREAMING_TEXT

TAKES_LESS = "got an unexpected keyword argument"
# 409 all slots are taken, or the worker is dead; 503 in setup; 406 in setup, to a stream's request.
NOT_NOW = {406, 409, 503}


class Cog(Upstream):
    kind = "cog"

    async def run(self, model: str, input: dict, *, prediction_id: str) -> AsyncGenerator[Piece]:
        """Wait for a turn, then run; while it waits it says so."""
        request = {"id": prediction_id, "input": input}
        with stand_in_line(self._server) as turn:
            while True:
                while turn.before:
                    if not await turn.pause():
                        yield Waiting(_place(turn.before))
                try:
                    async with contextlib.aclosing(self._ask(request, turn)) as pieces:
                        async for piece in pieces:
                            yield piece
                    return
                except Busy as busy:
                    yield Waiting(busy.message)
                await turn.pause()

    async def models(self) -> list[FoundModel]:
        """A Cog server has one model, without a name of its own."""
        schema = await self._openapi()
        if schema is None:
            await self._check_health()
        return [FoundModel("predictor", described(schema))]

    @property
    def _server(self) -> str:
        return self.base_url.rstrip("/")

    async def _ask(self, request: dict, turn: Turn) -> AsyncGenerator[Piece]:
        """Ask once. Raises Busy where the server cannot take the run on yet."""
        schema = await self._openapi()
        if schema is None:
            await self._check_health()
        ask = stream_run if can_stream(schema) else hear_run
        try:
            async with contextlib.aclosing(ask(self._server, request, turn.leave)) as pieces:
                async for piece in pieces:
                    yield piece
            return
        except http.Refused as error:
            raise await self._meaning(error) from error
        except UpstreamError as error:
            if schema or not request["input"] or TAKES_LESS not in error.detail:
                raise
        # A server that tells no schema may turn out to take no input at all.
        request["input"] = {}
        async with contextlib.aclosing(self._ask(request, turn)) as pieces:
            async for piece in pieces:
                yield piece

    async def _check_health(self) -> None:
        """Raises Busy for a server in its setup, and other UpstreamErrors for one that is dead."""
        health = await ask_health(self._server)
        if health.is_dead or health.status == "STARTING":
            raise health.refusal()

    async def _meaning(self, error: http.Refused) -> UpstreamError:
        """What a refusal means that came before the run began."""
        if error.status in NOT_NOW:
            with contextlib.suppress(UpstreamError):
                return (await ask_health(self._server)).refusal()
        if error.status in {400, 422}:
            error.message = "The model does not take this input."
        return error

    async def _openapi(self) -> dict | None:
        """The server's own description, or None where it was built without one."""
        try:
            found = await http.fetch_json("GET", f"{self._server}/openapi.json")
        except http.Refused:
            return None
        if not isinstance(found, dict) or "components" not in found:
            return None
        if "/predictions" not in any_json.object_of(found, "paths"):
            raise UpstreamError("This is a server, but not a Cog server.")
        return found


def can_stream(openapi: dict | None) -> bool:
    """Whether POST /predictions of this server answers with an event stream when asked."""
    path = any_json.object_of(any_json.object_of(openapi, "paths"), "/predictions")
    return bool(any_json.object_of(path, "post").get("x-cog-streaming"))


def described(openapi: dict | None) -> dict:
    """A version's schema: the server's own components, or "takes anything, streams text"."""
    told = any_json.object_of(any_json.object_of(openapi, "components"), "schemas")
    anything = {"type": "object", "title": "Input", "properties": {}, "additionalProperties": True}
    document = {
        "openapi": any_json.text_of(openapi, "openapi") or "3.0.2",
        "info": {"title": "Cog", "version": "0.1.0"},
        "components": {"schemas": {"Input": anything, "Output": STREAMING_TEXT, **told}},
    }
    return document if is_sound(document) else described(None)


def _place(before: int) -> str:
    runs = "another prediction is" if before == 1 else f"{before} other predictions are"
    return f"The model is busy: {runs} before this one."
