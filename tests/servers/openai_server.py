"""An OpenAI-compatible server: `python -m tests.servers.openai_server`, see chat_server.py."""

from aiohttp import web

from .behaviours import BEHAVIOURS, OpenAIAnswer
from .chat_server import answering, listing, locked, main


async def models(request: web.Request) -> web.Response:
    names = [*BEHAVIOURS, "text-embedding-3-small", "whisper-1", "tts-1", "dall-e-3"]
    return web.json_response({"object": "list", "data": [{"id": name} for name in names]})


async def bare_models(request: web.Request) -> web.Response:
    return web.json_response([{"id": "words"}])


async def other_openapi(request: web.Request) -> web.Response:
    return web.json_response({"openapi": "3.1.0", "paths": {"/items": {}}, "components": {}})


if __name__ == "__main__":
    main(
        [
            web.post("/v1/chat/completions", answering(OpenAIAnswer, BEHAVIOURS)),
            web.get("/v1/models", listing(models)),
            web.get("/bare/models", bare_models),
            web.get("/locked/v1/models", locked),
            web.get("/other/openapi.json", other_openapi),
        ]
    )
