"""A server that streams with real spacing and can misbehave, by model name.

    python -m tests.servers.openai_server --port 0

It prints its port. GET /stats tells the open streams, those that readers left early, and each
request; which paths and models there are is for each protocol's own module to say.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable

from aiohttp import web

from .answer import Answer
from .misbehaviour import Behaviour, unknown


class Stats:
    """What happened so far; `left` counts the streams that their readers closed early."""

    def __init__(self) -> None:
        self.open = 0
        self.left = 0
        self.requests: list[dict] = []
        self.headers: list[dict] = []
        self.asked: list[dict] = []  # the headers of whoever wanted the list of models


STATS: web.AppKey[Stats] = web.AppKey("stats", Stats)


def answering(protocol: type[Answer], behaviours: dict[str, Behaviour]) -> Callable:
    """The view that answers as the request's model says."""

    async def answer(request: web.Request) -> web.StreamResponse:
        stats = request.app[STATS]
        body = await request.json()
        stats.requests.append(body)
        stats.headers.append(_headers(request))
        attempt = sum(earlier.get("model") == body.get("model") for earlier in stats.requests)
        answer = protocol(request, body, attempt)
        stats.open += 1
        try:
            await behaviours.get(body.get("model"), unknown)(answer)
        except (ConnectionError, asyncio.CancelledError):
            stats.left += 1
            raise
        finally:
            stats.open -= 1
        return answer.response

    return answer


def listing(view: Callable) -> Callable:
    """`view`, which tells the models; who asked is in the stats."""

    async def listed(request: web.Request) -> web.Response:
        request.app[STATS].asked.append(_headers(request))
        return await view(request)

    return listed


def _headers(request: web.Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


async def stats(request: web.Request) -> web.Response:
    return web.json_response(vars(request.app[STATS]))


async def locked(request: web.Request) -> web.Response:
    return web.json_response({"error": {"message": "no"}}, status=401)


async def serve(routes: list[web.RouteDef], port: int) -> None:
    application = web.Application()
    application[STATS] = Stats()
    application.router.add_routes([*routes, web.get("/stats", stats)])
    runner = web.AppRunner(application, access_log=None, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    sys.stdout.write(f"{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def main(routes: list[web.RouteDef]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0)
    asyncio.run(serve(routes, parser.parse_args().port))
