"""A Cog server has one slot: who comes while it is taken waits for a turn."""

import asyncio
import contextlib
import json
import re
import time
import urllib.request

import pytest

from predictions.patience import in_time
from predictions.upstreams import Output, Waiting, open_upstream
from tests.servers import ScriptedServer

from .cog_servers import PREDICTORS, bare, status, wrapped
from .listening import listen, until

READY = {"status": "READY", "setup": {"started_at": "today"}}


@pytest.fixture(params=["stream", "webhooks"])
def slow(request, tmp_path):
    if request.param == "stream":
        with wrapped("slow.py", "Runner", tmp_path) as server:
            yield server.url
    else:
        with bare("slow.py", "Runner") as server:
            yield server.url


def run(url: str, name: str, **input: object):
    return open_upstream("cog", url).run("predictor", input, prediction_id=name)


async def drain(pieces) -> None:
    async for _ in pieces:
        pass


def test_five_at_once_are_answered_in_the_order_in_which_they_came(slow):
    ended = []

    async def one(name: str):
        heard = await listen(open_upstream("cog", slow), "predictor", {"count": 3}, name)
        ended.append(name)
        return heard

    async def five():
        return await asyncio.gather(*(one(f"p{number}") for number in range(5)))

    all_heard = asyncio.run(five())

    assert [heard.error for heard in all_heard] == [None] * 5
    assert {heard.text for heard in all_heard} == {"Hello word0 word1 word2 "}
    assert ended == ["p0", "p1", "p2", "p3", "p4"]
    reasons = [item.reason for item in all_heard[-1].items if isinstance(item, Waiting)]
    assert re.fullmatch(r"The model is busy: [34] other predictions are .*", reasons[0])
    assert reasons[-1] == "The model is busy with another prediction."


def test_a_waiting_run_that_is_canceled_leaves_the_line_at_once(slow):
    async def three() -> float:
        first, second = run(slow, "p1", count=8), run(slow, "p2")
        async with contextlib.aclosing(first), contextlib.aclosing(second):
            await anext(first)
            assert isinstance(await anext(second), Waiting)
            third = asyncio.create_task(
                listen(open_upstream("cog", slow), "predictor", {"count": 1}, "p3")
            )
            await asyncio.sleep(0.05)
            started = time.monotonic()
            await second.aclose()
            took = time.monotonic() - started
            await drain(first)
        heard = await third
        assert (heard.text, heard.error) == ("Hello word0 ", None)
        return took

    assert asyncio.run(three()) < 0.2


def test_a_slot_that_is_held_longer_than_a_first_word_may_take_is_waited_for(slow, settings):
    settings.FIRST_WORD_TIMEOUT = 0.6

    async def wait() -> tuple[list, float]:
        async with contextlib.aclosing(run(slow, "p1", count=20)) as first:
            await anext(first)
            holding = asyncio.create_task(drain(first))
            started = time.monotonic()
            pieces = [piece async for piece in in_time(run(slow, "p2", count=1))]
            await holding
            return pieces, time.monotonic() - started

    pieces, seconds = asyncio.run(wait())

    assert seconds > 1.5
    assert isinstance(pieces[0], Waiting)
    words = [piece.text for piece in pieces if isinstance(piece, Output)]
    assert words == ["Hello ", "word0 "]


def test_the_slot_of_a_stranger_is_waited_for_too(slow):
    body = json.dumps({"input": {"count": 12}}).encode()
    request = urllib.request.Request(
        f"{slow}/predictions", body, {"content-type": "application/json"}
    )

    async def wait():
        stranger = asyncio.create_task(asyncio.to_thread(urllib.request.urlopen, request))
        assert await until(lambda: status(slow) == "BUSY")
        heard = await listen(open_upstream("cog", slow), "predictor", {"count": 1})
        (await stranger).close()
        return heard

    heard = asyncio.run(wait())

    assert isinstance(heard.items[0], Waiting)
    assert (heard.text, heard.error) == ("Hello word0 ", None)


def test_a_server_in_its_setup_is_waited_for(tmp_path, monkeypatch):
    sleeper = tmp_path / "sleeper.py"
    sleeper.write_text(
        f"import time\nfrom cog import BasePredictor\n{(PREDICTORS / 'echo.py').read_text()}\n\n"
        "    def setup(self) -> None:\n        time.sleep(1)\n"
    )
    with wrapped(str(sleeper), "Predictor", tmp_path / "home", wait=False) as server:

        async def hear():
            assert await until(lambda: status(server.url) == "STARTING", seconds=10)
            upstream = open_upstream("cog", server.url)
            return await listen(upstream, "predictor", {"prompt": "after all"})

        heard = asyncio.run(hear())

    assert heard.items[0] == Waiting("The model is still starting.")
    assert heard.words == ["after ", "all "]


def test_only_the_first_in_the_line_asks_a_busy_server():
    routes = {
        "GET /openapi.json": {"body": "{}", "status": 503},
        "GET /health-check": {"body": json.dumps(READY)},
        "POST /predictions": {"body": "{}", "status": 409},
    }

    async def wait(url: str) -> None:
        async def one(number: int) -> None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2):
                    await listen(open_upstream("cog", url), "predictor", {}, f"p{number}")

        await asyncio.gather(*(one(number) for number in range(20)))

    with ScriptedServer(routes) as server:
        asyncio.run(wait(server.origin))
        asked = [each for each in server.seen if each["path"] == "/predictions"]

    # The others come to the head only as the ones before them give up, all at the same moment.
    first = [each for each in asked if json.loads(each["body"])["id"] == "p0"]
    assert 3 <= len(first) <= 8
    assert len(asked) <= len(first) + 19
