"""Replicate, or any server that speaks its API, as another Rivulet does.

https://replicate.com/docs/reference/http; a model's name here is `owner/name:<64 hex>` for one of
its versions, or `owner/name` where it has none (Replicate's official models).
"""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from urllib.parse import urlsplit

from predictions.models.tokens import ApiToken

from . import http
from .base import FoundModel, Piece, Upstream, UpstreamError
from .replicate_api import Api
from .replicate_catalogue import found_model, latest, name_of
from .replicate_run import RemoteRun

COLLECTION = "collections/streaming-language-models"
# The model of the examples that Replicate shows: the catalogue has a stand-in for it.
EXAMPLE = "meta/llama-2-70b-chat"
AT_ONCE = 8
NAME = re.compile(r"([\w.-]+)/([\w.-]+)(?::([0-9a-f]{64}))?")


class Replicate(Upstream):
    kind = "replicate"
    default_url = "https://api.replicate.com/v1"

    async def run(self, model: str, input: dict, *, prediction_id: str) -> AsyncGenerator[Piece]:
        path, _, version = _path(model)
        body = {"input": input, "stream": True}
        if version:
            created = self._api.create("predictions", {"version": version, **body}, prediction_id)
        else:
            created = self._api.create(f"{path}/predictions", body, prediction_id)
        try:
            run = RemoteRun(self._api, await created)
        except http.Refused as error:
            raise _meant(error) from error
        try:
            async with aclosing(run.pieces()) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            if not run.is_over:
                await self._api.cancel(run.id)

    async def models(self) -> list[FoundModel]:
        """Its collection of language models that stream: their latest versions, and all of those
        that are official, as a program may name any of them."""
        rows = {name_of(row): row for row in await self._api.pages(COLLECTION, "models")}
        rows.pop("", None)
        turns = asyncio.Semaphore(AT_ONCE)
        asked = (self._versions(row, turns) for row in rows.values())
        found = [each for versions in await asyncio.gather(*asked) for each in versions]
        return found if EXAMPLE in rows else found + await self._example()

    async def model_named(self, name: str) -> list[FoundModel]:
        path, _, version = _path(name)
        row = await self._api.get(path)
        if version:
            return [found_model(row, await self._api.get(f"{path}/versions/{version}"))]
        versions = await self._all_versions(path)
        return [found_model(row, each) for each in versions] or latest(row | {"latest_version": {}})

    @property
    def _api(self) -> Api:
        return Api(self.base_url, self.sent_headers())

    def key_headers(self, key: str) -> dict[str, str]:
        # REPLICATE_API_TOKEN is also what programs that use us call our own tokens.
        if key.startswith(ApiToken.PREFIX) and _is_replicate(self.base_url):
            raise UpstreamError(
                "The key is a token of Rivulet's own, so it was not sent to Replicate."
            )
        return super().key_headers(key)

    async def _versions(self, row: dict, turns: asyncio.Semaphore) -> list[FoundModel]:
        if not row.get("is_official"):
            return latest(row)
        async with turns:
            versions = await self._all_versions(_path(name_of(row))[0])
        return [found_model(row, each) for each in versions] or latest(row, by_name=True)

    async def _all_versions(self, path: str) -> list[dict]:
        """None where the server does not tell them, as of an official model of Replicate's."""
        try:
            return await self._api.pages(f"{path}/versions")
        except http.Refused as error:
            if error.status in {403, 404}:
                return []
            raise

    async def _example(self) -> list[FoundModel]:
        try:
            return await self.model_named(EXAMPLE)
        except UpstreamError:
            return []


def _path(model: str) -> tuple[str, str, str]:
    """Where that model is, its `owner/name`, and its version. Raises UpstreamError."""
    if not (parts := NAME.fullmatch(model)) or {parts[1], parts[2]} & {".", ".."}:
        raise UpstreamError(
            "A model there is named owner/name, or owner/name:version.", detail=model[:500]
        )
    return f"models/{parts[1]}/{parts[2]}", f"{parts[1]}/{parts[2]}", parts[3] or ""


def _is_replicate(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host == "replicate.com" or host.endswith(".replicate.com")


def _meant(error: http.Refused) -> http.Refused:
    """Replicate's own meaning of a 422: no such version, or an input that does not fit."""
    if error.status == 422:
        is_unknown = "invalid version" in error.detail.lower()
        error.message = (
            "The model's server does not know this model."
            if is_unknown
            else "The model does not take this input."
        )
    return error
