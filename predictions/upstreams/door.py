"""The door: how everybody else sees an upstream. Its secrets stay behind it."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager

from predictions.discretion import is_secret, remember, without

from .base import FoundModel, Piece, Upstream, UpstreamError

SCHEMES = {"bearer", "basic", "token"}


class Door:
    """An upstream whose errors do not repeat its key, whatever the server answered."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._secrets = set(_secrets(upstream))
        remember(self._secrets)

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
        return without(text, self._secrets)


def _secrets(upstream: Upstream) -> Iterator[str]:
    """The key, however short; of the headers what is long enough, also without its scheme."""
    if key := upstream.key.strip():
        yield key
    for value in upstream.headers.values():
        scheme, _, rest = value.strip().partition(" ")
        yield from filter(is_secret, {value.strip(), rest if scheme.lower() in SCHEMES else ""})
