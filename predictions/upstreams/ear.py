"""The ear: a small web server that hears a Cog server's webhooks, one per event loop.

Each run listens at a path of its own that cannot be guessed. Cog posts every word on a connection
of its own, in bursts, so the queue of waiting connections is long.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncGenerator, Iterator

from aiohttp import web
from django.conf import settings

from .loops import one_per_loop

BACKLOG = 4096
BODY_BYTES = 64 * 1024 * 1024  # each webhook carries the whole output so far


class Ear:
    """Where the runs of one event loop listen. `port` is known once it is open."""

    def __init__(self) -> None:
        self._queues: dict[str, asyncio.Queue[dict]] = {}
        self.port = 0

    @contextlib.contextmanager
    def listen(self) -> Iterator[tuple[str, asyncio.Queue[dict]]]:
        """A URL for one run's webhooks, and the queue of their bodies as they arrive."""
        secret = secrets.token_urlsafe(24)
        self._queues[secret] = queue = asyncio.Queue()
        try:
            yield f"http://{_bracketed(settings.COG_WEBHOOK_HOST)}:{self.port}/{secret}", queue
        finally:
            del self._queues[secret]

    async def hear(self, request: web.Request) -> web.Response:
        queue = self._queues.get(request.match_info["secret"])
        if queue is None:
            return web.Response(status=404)
        try:
            body = await request.json()
        except (ValueError, RecursionError):
            return web.Response(status=400)
        if isinstance(body, dict):
            queue.put_nowait(body)
        return web.Response()


@one_per_loop
async def open_ear() -> AsyncGenerator[Ear]:
    """The running event loop's ear, on a port that the system chooses."""
    ear = Ear()
    application = web.Application(client_max_size=BODY_BYTES)
    application.router.add_post("/{secret}", ear.hear)
    runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, _bind_host(), 0, backlog=BACKLOG).start()
        ear.port = runner.addresses[0][1]
        yield ear
    finally:
        await runner.cleanup()


def _bind_host() -> str:
    """Loopback stays loopback; a name under which others reach us need not be ours to bind."""
    host = settings.COG_WEBHOOK_HOST
    if host in {"127.0.0.1", "::1", "localhost"}:
        return host
    return "::" if ":" in host else "0.0.0.0"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
