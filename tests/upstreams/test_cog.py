import asyncio
import contextlib
import time
from itertools import pairwise
from threading import Timer

import pytest

from predictions.upstreams import Interrupted, cog_webhooks, open_upstream

from .cog_servers import bare, status, wrapped
from .listening import hear, until

SEED = ["The ", "quick ", "brown ", "fox ", "jumps ", "over ", "the ", "lazy ", "dog "]


@pytest.fixture(params=["stream", "webhooks"])
def cog(request, tmp_path):
    """Starts a predictor's server, in both ways that words can come."""
    if request.param == "stream":
        return lambda file, name: wrapped(file, name, tmp_path)
    return bare


def gaps(times: list[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(times)]


def test_the_predictor_of_the_post_runs_unchanged(cog):
    with cog("seed.py", "Predictor") as server:
        first = hear("cog", server.url, "predictor", {})
        second = hear("cog", server.url, "predictor", {})

    assert (first.words, first.error) == (SEED, None)
    assert second.words == SEED


def test_a_slow_predictors_words_arrive_as_it_speaks_them(cog):
    with cog("slow.py", "Runner") as server:
        heard = hear("cog", server.url, "predictor", {"count": 6, "wait": 0.1})

    assert heard.text == "Hello word0 word1 word2 word3 word4 word5 "
    assert len(heard.words) == 7
    assert heard.word_times[0] < 0.5
    assert all(0.05 < gap < 0.3 for gap in gaps(heard.word_times))
    assert "running in" in heard.logs
    assert heard.logs.strip().endswith("tests/predictors")


def test_an_input_that_is_left_out_has_its_default(cog):
    with cog("slow.py", "Runner") as server:
        heard = hear("cog", server.url, "predictor", {"wait": 0.01})

    assert heard.text == "Hello word0 word1 word2 word3 word4 "


def test_a_predictor_that_raises_fails_with_its_words_kept(cog):
    with cog("failing.py", "Predictor") as server:
        heard = hear("cog", server.url, "predictor", {})

    assert heard.words == ["one ", "two "]
    assert heard.error.message == "The model failed while it was running."
    assert "secret detail" in heard.error.detail
    assert not heard.error.retryable


def test_closing_the_run_cancels_it_at_the_server(cog):
    async def leave(url: str) -> None:
        run = open_upstream("cog", url).run(
            "predictor", {"count": 100, "wait": 0.05}, prediction_id="p1"
        )
        async with contextlib.aclosing(run):
            await anext(run)
        assert await until(lambda: status(url) == "READY")

    with cog("slow.py", "Runner") as server:
        asyncio.run(leave(server.url))


def test_a_canceled_reader_cancels_a_silent_run_too(cog):
    async def leave(url: str) -> None:
        run = open_upstream("cog", url).run(
            "predictor", {"count": 30, "wait": 0.4}, prediction_id="p1"
        )
        async with contextlib.aclosing(run):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.6):
                    async for _ in run:
                        pass
        assert await until(lambda: status(url) == "READY")

    with cog("slow.py", "Runner") as server:
        asyncio.run(leave(server.url))


def test_a_run_canceled_by_others_is_an_error(cog):
    async def canceled(url: str) -> None:
        run = open_upstream("cog", url).run("predictor", {"count": 100}, prediction_id="p1")
        async with contextlib.aclosing(run):
            await anext(run)
            await cog_webhooks._cancel(url, "p1")
            with pytest.raises(Exception, match="canceled at the model's server"):
                async for _ in run:
                    pass

    with cog("slow.py", "Runner") as server:
        asyncio.run(canceled(server.url))


def test_a_server_that_dies_interrupts_its_stream(tmp_path):
    with wrapped("slow.py", "Runner", tmp_path) as server:
        Timer(0.5, server.stop).start()
        heard = hear("cog", server.url, "predictor", {"count": 100})

    assert isinstance(heard.error, Interrupted)
    assert heard.words


def test_a_server_that_dies_leaves_no_one_waiting_for_its_webhooks(monkeypatch):
    monkeypatch.setattr(cog_webhooks, "HEALTH_SECONDS", 0.3)
    with bare("slow.py", "Runner") as server:
        Timer(0.5, server.kill).start()
        start = time.monotonic()
        heard = hear("cog", server.url, "predictor", {"count": 100})

    assert isinstance(heard.error, Interrupted)
    assert time.monotonic() - start < 3


def test_a_server_that_came_back_has_lost_its_run(monkeypatch):
    monkeypatch.setattr(cog_webhooks, "HEALTH_SECONDS", 3)

    with bare("slow.py", "Runner") as server:

        def restart() -> None:
            server.kill()
            server.start()

        Timer(0.5, restart).start()
        heard = hear("cog", server.url, "predictor", {"count": 200})

    assert isinstance(heard.error, Interrupted)
    assert "started again" in heard.error.detail


def test_a_server_that_is_not_there_is_worth_another_try():
    error = hear("cog", "http://127.0.0.1:9", "predictor", {}).error

    assert error.retryable


def test_the_schema_is_the_servers_own(tmp_path):
    with wrapped("slow.py", "Runner", tmp_path) as server:
        (model,) = asyncio.run(open_upstream("cog", server.url).models())

    schemas = model.openapi_schema["components"]["schemas"]
    assert schemas["Input"]["properties"]["count"] == {
        "type": "integer",
        "title": "Count",
        "description": "How many words",
        "default": 5,
        "minimum": 1,
        "maximum": 1000,
        "x-order": 0,
    }
    assert schemas["Output"]["x-cog-array-display"] == "concatenate"


def test_a_server_without_a_schema_takes_anything_and_streams():
    with bare("seed.py", "Predictor") as server:
        (model,) = asyncio.run(open_upstream("cog", server.url).models())

    assert model.openapi_schema["components"]["schemas"]["Input"]["additionalProperties"] is True


def test_a_bad_input_is_a_sentence(tmp_path):
    with wrapped("slow.py", "Runner", tmp_path) as server:
        error = hear("cog", server.url, "predictor", {"count": 5000}).error

    assert error.message == "The model does not take this input."
    assert "greater than the maximum" in error.detail


def test_a_predictor_that_returns_text_answers_in_one_piece(cog):
    with cog("plain.py", "Predictor") as server:
        heard = hear("cog", server.url, "predictor", {"text": "abc"})

    assert (heard.words, heard.error) == (["ABC"], None)


def test_an_asynchronous_predictor_answers(cog):
    with cog("asynchronous.py", "Runner") as server:
        heard = hear("cog", server.url, "predictor", {})

    assert (heard.words, heard.error) == (["a ", "b ", "c "], None)


def test_an_asynchronous_predictor_streams_through_the_wrapper(tmp_path):
    with wrapped("asynchronous.py", "Runner", tmp_path) as server:
        heard = hear("cog", server.url, "predictor", {})

    assert all(gap > 0.02 for gap in gaps(heard.word_times))


def test_a_server_without_a_schema_that_takes_no_prompt_is_asked_without_one():
    with bare("seed.py", "Predictor") as server:
        heard = hear("cog", server.url, "predictor", {"prompt": "hello"})

    assert heard.error is None
    assert heard.text == "The quick brown fox jumps over the lazy dog "


def test_a_server_without_a_schema_hears_the_prompt_that_it_takes():
    with bare("echo.py", "Predictor") as server:
        heard = hear("cog", server.url, "predictor", {"prompt": "hello there"})

    assert heard.words == ["hello ", "there "]


def test_a_server_of_another_kind_is_not_taken_for_a_cog_server(server):
    heard = hear("cog", server.origin + "/other", "predictor", {})

    assert heard.error.message == "This is a server, but not a Cog server."
