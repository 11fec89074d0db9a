"""The door: how everybody else sees an upstream. Its secrets stay behind it."""

from collections.abc import AsyncGenerator
from contextlib import aclosing, contextmanager
from urllib.parse import quote

from .base import FoundModel, Piece, Upstream, UpstreamError

SECRET_LENGTH = 8  # a shorter header, as `true`, is no secret, and is in too many words


class Door:
    """An upstream whose errors do not repeat its key, whatever the server answered."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def run(self, model: str, input: dict, *, prediction_id: str) -> AsyncGenerator[Piece]:
        """See Upstream.run."""
        run = self._upstream.run(model, input, prediction_id=prediction_id)
        with self._discreet():
            async with aclosing(run):
                async for piece in run:
                    yield piece

    async def models(self) -> list[FoundModel]:
        """See Upstream.models."""
        with self._discreet():
            return await self._upstream.models()

    async def model_named(self, name: str) -> list[FoundModel]:
        """See Upstream.model_named."""
        with self._discreet():
            return await self._upstream.model_named(name)

    @contextmanager
    def _discreet(self):
        try:
            yield
        except UpstreamError as error:
            error.message = self._without_secrets(error.message)
            error.detail = self._without_secrets(error.detail)
            error.args = (error.message,)
            raise

    def _without_secrets(self, text: str) -> str:
        headers = self._upstream.headers.values()
        long = {value for value in headers if len(value) >= SECRET_LENGTH}
        for secret in filter(None, {self._upstream.key.strip(), *long}):
            text = text.replace(secret, "[key]").replace(quote(secret, safe=""), "[key]")
        return text
