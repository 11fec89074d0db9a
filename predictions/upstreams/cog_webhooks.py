"""A Cog run without an event stream: asked for in the background, heard through its webhooks.

Each webhook carries the whole output so far, and they may overtake one another: what is new is
what lies beyond the items already heard, and the last one is the truth.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Iterator

from . import any_json, farewells, http
from .base import Interrupted, Logs, Output, UpstreamError, Usage
from .cog_health import ask_health
from .cog_output import ENDED, ending, items
from .ear import open_ear

HEALTH_SECONDS = 3.0  # how often a silent server is asked whether it is still there
CANCEL_SECONDS = 2.0


async def hear_run(
    server: str, request: dict, taken: Callable[[], None]
) -> AsyncGenerator[Output | Logs | Usage]:
    """Run `request` at `server`, and call `taken` once it has begun. Closing this cancels it there.

    Raises UpstreamError.
    """
    ear = await open_ear()
    started_at = (await ask_health(server)).started_at
    is_over = False
    with ear.listen() as (url, bodies):
        try:
            await _start(server, {**request, "webhook": url})
            taken()
            heard = _Heard()
            while not is_over:
                body = await _next(bodies, server, started_at)
                is_over = any_json.text_of(body, "status") in ENDED
                for word in heard.news(body):
                    yield word
            for word in ending(body, heard.count):
                yield word
        except http.Refused:
            is_over = True
            raise
        finally:
            if not is_over:
                await _cancel(server, request["id"])


class _Heard:
    """What has been passed on: the number of output items, and the logs."""

    def __init__(self) -> None:
        self.count = 0
        self._logs = ""

    def news(self, body: dict) -> Iterator[Output | Logs]:
        logs = any_json.text_of(body, "logs")
        if len(logs) > len(self._logs) and logs.startswith(self._logs):
            yield Logs(logs[len(self._logs) :])
            self._logs = logs
        for text in items(body)[self.count :]:
            self.count += 1
            yield Output(text)


async def _start(server: str, request: dict) -> None:
    headers = {"Prefer": "respond-async"}
    async with http.stream(
        "POST", f"{server}/predictions", json=request, headers=headers
    ) as response:
        await http.read(response)


async def _next(bodies: asyncio.Queue[dict], server: str, started_at: str | None) -> dict:
    """The next webhook's body. Raises Interrupted once the server is gone or another one."""
    while True:
        try:
            async with asyncio.timeout(HEALTH_SECONDS):
                return await bodies.get()
        except TimeoutError:
            await _check(server, started_at)


async def _check(server: str, started_at: str | None) -> None:
    """Raises Interrupted where the server can no longer be at the run that it began."""
    try:
        async with asyncio.timeout(HEALTH_SECONDS):
            health = await ask_health(server)
    except (UpstreamError, TimeoutError) as error:
        raise Interrupted(f"The health check failed: {error!r}") from error
    if health.is_dead:
        raise Interrupted(f"The Cog server is {health.status}.")
    if health.started_at != started_at:
        raise Interrupted("The Cog server was started again.")


async def _cancel(server: str, prediction_id: str) -> None:
    """Cancel at the server, also while we are being canceled ourselves."""
    await asyncio.shield(farewells.say(_post_cancel(server, prediction_id)))


async def _post_cancel(server: str, prediction_id: str) -> None:
    with contextlib.suppress(UpstreamError, TimeoutError):
        async with asyncio.timeout(CANCEL_SECONDS):
            async with http.stream("POST", f"{server}/predictions/{prediction_id}/cancel"):
                pass
