"""What a real Cog server does only sometimes, done on purpose."""

import asyncio

import pytest
from aiohttp import ClientSession, web

from predictions.upstreams import Interrupted, open_upstream

from .listening import Heard, listen

RUNNING = "processing"


def body(count: int, status: str = RUNNING, **more: object) -> dict:
    return {"id": "p1", "status": status, "output": [f"w{n} " for n in range(count)], **more}


async def serve_and_listen(posts: list[dict], canceled: list[str]) -> Heard:
    """A server that answers a run with these webhooks, in this order; its runs stay cancelable."""

    async def health(request: web.Request) -> web.Response:
        return web.json_response({"status": "READY", "setup": {"started_at": "today"}})

    async def predict(request: web.Request) -> web.Response:
        url = (await request.json())["webhook"]
        posting.append(asyncio.create_task(post(url)))
        return web.json_response({"id": "p1", "status": "starting"}, status=202)

    async def post(url: str) -> None:
        async with ClientSession() as session:
            for webhook in posts:
                async with session.post(url, json=webhook):
                    pass

    async def cancel(request: web.Request) -> web.Response:
        canceled.append(request.match_info["id"])
        return web.json_response({})

    posting: list[asyncio.Task] = []
    application = web.Application()
    application.router.add_get("/health-check", health)
    application.router.add_post("/predictions", predict)
    application.router.add_post("/predictions/{id}/cancel", cancel)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    upstream = open_upstream("cog", f"http://127.0.0.1:{runner.addresses[0][1]}")
    try:
        return await listen(upstream, "predictor", {})
    finally:
        await asyncio.gather(*posting)
        await runner.cleanup()


def hear(*posts: dict) -> tuple[Heard, list[str]]:
    canceled: list[str] = []
    return asyncio.run(serve_and_listen(list(posts), canceled)), canceled


def test_webhooks_that_overtake_one_another_say_each_word_once():
    heard, canceled = hear(body(1), body(4), body(2), body(3), body(5, "succeeded"), body(4))

    assert heard.words == ["w0 ", "w1 ", "w2 ", "w3 ", "w4 "]
    assert heard.error is None
    assert canceled == []


def test_the_last_webhook_alone_tells_everything():
    heard, _ = hear(
        body(
            3,
            "succeeded",
            logs="a line\n",
            metrics={"input_token_count": 2, "output_token_count": 3},
        )
    )

    assert (heard.text, heard.logs) == ("w0 w1 w2 ", "a line\n")
    assert (heard.usage.input_tokens, heard.usage.output_tokens) == (2, 3)


def test_logs_come_once_though_each_webhook_repeats_them():
    heard, _ = hear(
        body(1, logs="a\n"),
        body(2, logs="a\nb\n"),
        body(1, logs="a\n"),
        body(2, "succeeded", logs="a\nb\nc\n"),
    )

    assert heard.logs == "a\nb\nc\n"


@pytest.mark.parametrize(
    ("status", "error", "message"),
    [
        ("failed", "ValueError: secret", "The model failed while it was running."),
        ("failed", "Worker crashed", Interrupted().message),
        ("canceled", None, "The prediction was canceled at the model's server."),
    ],
)
def test_each_unhappy_end_has_its_sentence(status, error, message):
    heard, canceled = hear(body(2), body(2, status, error=error))

    assert (heard.words, heard.error.message) == (["w0 ", "w1 "], message)
    assert canceled == []
