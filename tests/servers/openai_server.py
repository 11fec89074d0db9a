"""An OpenAI-compatible server that streams with real spacing and can misbehave, by model name.

    python tests/servers/openai_server.py --port 0

It prints its port. GET /stats tells the open streams, those that readers left early, and each
request; POST /v1/chat/completions takes the models of behaviours.py.
"""

import argparse
import asyncio
import sys

from aiohttp import web
from behaviours import BEHAVIOURS, Answer, unknown


class Stats:
    """What happened so far; `left` counts the streams that their readers closed early."""

    def __init__(self) -> None:
        self.open = 0
        self.left = 0
        self.requests: list[dict] = []


STATS: web.AppKey[Stats] = web.AppKey("stats", Stats)


async def complete(request: web.Request) -> web.StreamResponse:
    stats = request.app[STATS]
    body = await request.json()
    stats.requests.append(body)
    attempt = sum(earlier.get("model") == body.get("model") for earlier in stats.requests)
    answer = Answer(request, body, attempt)
    stats.open += 1
    try:
        await BEHAVIOURS.get(body.get("model"), unknown)(answer)
    except (ConnectionError, asyncio.CancelledError):
        stats.left += 1
        raise
    finally:
        stats.open -= 1
    return answer.response


async def models(request: web.Request) -> web.Response:
    names = [*BEHAVIOURS, "text-embedding-3-small", "whisper-1", "tts-1", "dall-e-3"]
    return web.json_response({"object": "list", "data": [{"id": name} for name in names]})


async def locked(request: web.Request) -> web.Response:
    return web.json_response({"error": {"message": "no"}}, status=401)


async def other_openapi(request: web.Request) -> web.Response:
    return web.json_response({"openapi": "3.1.0", "paths": {"/items": {}}, "components": {}})


async def stats(request: web.Request) -> web.Response:
    known = request.app[STATS]
    return web.json_response({"open": known.open, "left": known.left, "requests": known.requests})


async def serve(port: int) -> None:
    application = web.Application()
    application[STATS] = Stats()
    application.router.add_post("/v1/chat/completions", complete)
    application.router.add_get("/v1/models", models)
    application.router.add_get("/locked/v1/models", locked)
    application.router.add_get("/other/openapi.json", other_openapi)
    application.router.add_get("/stats", stats)
    runner = web.AppRunner(application, access_log=None, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    sys.stdout.write(f"{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0)
    asyncio.run(serve(parser.parse_args().port))
