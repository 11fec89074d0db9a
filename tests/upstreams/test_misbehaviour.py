"""The three chat protocols against servers that fail in every way a server can: one table."""

import asyncio
import contextlib
import itertools
import time

import pytest

from predictions.upstreams import Interrupted, Output, Usage, open_upstream
from tests.servers import AnthropicServer, OllamaServer, OpenAIServer
from tests.servers.answer import READ, SPACING, WORDS, WRITTEN

from .listening import hear, listen, until

SENTENCE = "".join(WORDS)
TOLD = Usage(READ, WRITTEN)
FAILED = "The model's server failed."
REPORTED = "The model's server reported an error."
ODD = "The model's server answered with something that cannot be understood."


@pytest.fixture(
    scope="module", params=[OpenAIServer, AnthropicServer, OllamaServer], ids=lambda each: each.kind
)
def server(request):
    with request.param() as running:
        yield running


def test_words_arrive_one_by_one_and_spaced(server):
    heard = hear(server.kind, server.url, "words")

    gaps = [later - earlier for earlier, later in itertools.pairwise(heard.word_times)]
    assert (heard.words, heard.error, heard.usage) == (WORDS, None, TOLD)
    assert sum(gap > SPACING / 2 for gap in gaps) >= len(gaps) - 2


@pytest.mark.parametrize(
    "model", ["crlf", "gzip", "pings-between", "unknown-events", "org/slashed:model.gguf"]
)
def test_a_server_may_say_the_same_in_its_own_way(server, model):
    heard = hear(server.kind, server.url, model)

    assert (heard.words, heard.logs, heard.error) == (WORDS, "", None)
    assert heard.usage == TOLD


def test_a_server_that_does_not_stream_still_answers(server):
    heard = hear(server.kind, server.url, "json")

    assert (heard.words, heard.error, heard.usage) == ([SENTENCE], None, TOLD)


def test_characters_may_be_cut_anywhere_and_only_line_ends_end_lines(server):
    heard = hear(server.kind, server.url, "byte-by-byte")

    assert (heard.text, heard.error) == ("Ein Fluß 🌊\u2028\x85.", None)


def test_half_an_emoji_comes_through_as_it_was_sent(server):
    heard = hear(server.kind, server.url, "half-emoji")

    assert (heard.words, heard.error) == (["A \ud83e", "\udd99 and a lone \ud83e", " one"], None)


def test_thoughts_are_logs(server):
    heard = hear(server.kind, server.url, "reasoning")

    assert (heard.logs, heard.words, heard.error) == ("Let me think.", ["Yes."], None)


def test_a_burst_loses_nothing(server):
    assert hear(server.kind, server.url, "burst").words == WORDS * 100


@pytest.mark.parametrize(
    ("model", "words"),
    [("cut", 4), ("no-end-marker", 4), ("cut-before", 0), ("no-word", 0), ("endless-line", 0)],
)
def test_an_answer_without_its_end_marker_is_an_interruption(server, model, words):
    heard = hear(server.kind, server.url, model)

    assert isinstance(heard.error, Interrupted)
    assert heard.words == WORDS[:words]


@pytest.mark.parametrize(
    ("model", "words", "message", "retryable"),
    [
        ("401", 0, "The model's server refused our key.", False),
        ("404", 0, "The model's server does not know this model.", False),
        ("500", 0, FAILED, True),
        ("html-error", 0, FAILED, True),
        ("html-page", 0, "The model's server answered with a web page.", False),
        ("redirect", 0, "The model's server sent us elsewhere.", False),
        ("error-in-json", 0, REPORTED, True),
        ("error-first", 0, REPORTED, True),
        ("error-in-stream", 2, REPORTED, True),
        ("not-json", 2, ODD, False),
        ("too-deep", 2, ODD, False),
    ],
)
def test_a_failure_is_a_sentence_and_the_servers_words_only_detail(
    server, model, words, message, retryable
):
    heard = hear(server.kind, server.url, model, key="sk-very-secret")

    error = heard.error
    assert (heard.words, error.message, error.retryable) == (WORDS[:words], message, retryable)
    assert "secret" not in str(error)
    assert "secret detail" in error.detail or model not in {"500", "error-in-stream", "not-json"}
    assert "sk-very-secret" not in error.detail
    assert len(error.detail) < 5000


def test_a_busy_server_says_when_to_come_back(server):
    first = hear(server.kind, server.url, "429-then-ok")
    second = hear(server.kind, server.url, "429-then-ok")

    assert (first.error.retryable, first.error.retry_after) == (True, 3.0)
    assert second.text == SENTENCE


def test_an_answer_is_over_with_its_end_marker_though_the_connection_stays(server):
    start = time.monotonic()
    heard = hear(server.kind, server.url, "never-closes")

    assert (heard.text, heard.error) == (SENTENCE, None)
    assert time.monotonic() - start < 4


def test_a_sign_of_life_is_no_word(server):
    async def wait_for_word() -> None:
        run = open_upstream(server.kind, server.url).run(
            "pings-only", {"prompt": "Hi"}, prediction_id="p1"
        )
        async with contextlib.aclosing(run):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    await anext(run)

    asyncio.run(wait_for_word())


@pytest.mark.parametrize("model", ["stall", "silent", "slow", "pings-only"])
def test_closing_the_run_closes_the_upstream_connection_within_a_second(server, model):
    async def close_early() -> None:
        assert await until(lambda: server.stats["open"] == 0)
        run = open_upstream(server.kind, server.url).run(
            model, {"prompt": "Hi"}, prediction_id="p1"
        )
        step = asyncio.create_task(hear_until_silent(run))
        assert await until(lambda: server.stats["open"] == 1, 5)
        await asyncio.sleep(0.05)
        step.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await step
        start = time.monotonic()
        await run.aclose()
        assert await until(lambda: server.stats["open"] == 0)
        assert time.monotonic() - start < 1

    async def hear_until_silent(run) -> None:
        async for _ in run:
            pass

    asyncio.run(close_early())


def test_leaving_between_two_words_closes_the_connection(server):
    async def leave() -> None:
        async with contextlib.aclosing(
            open_upstream(server.kind, server.url).run("slow", {"prompt": "Hi"}, prediction_id="p1")
        ) as run:
            async for piece in run:
                if isinstance(piece, Output):
                    break
        assert await until(lambda: server.stats["open"] == 0)

    asyncio.run(leave())


def test_hundreds_of_streams_run_at_once(server):
    async def crowd() -> list:
        upstream = open_upstream(server.kind, server.url)
        runs = [listen(upstream, "words", {"prompt": "Hi"}) for _ in range(150)]
        return await asyncio.gather(*runs)

    assert {heard.text for heard in asyncio.run(crowd())} == {SENTENCE}


def test_the_conversation_is_sent_whole(server):
    history = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b \ud83e"}]
    hear(server.kind, server.url, "words", {"messages": history, "prompt": "c"})

    body = server.last_request
    assert body["messages"] == [*history, {"role": "user", "content": "c"}]
    assert body["stream"] is True


def test_an_input_that_says_nothing_is_refused(server):
    asked = len(server.stats["requests"])
    error = hear(server.kind, server.url, "words", {"system_prompt": "Be kind."}).error

    assert error.message == "The input needs a prompt or messages."
    assert len(server.stats["requests"]) == asked


def test_a_conversation_that_is_too_long_is_said_to_be(server):
    error = hear(server.kind, server.url, "too-long").error

    assert error.message == "The conversation is too long for this model."
    assert not error.retryable


def test_an_operators_headers_are_sent_and_win(server):
    headers = {"authorization": "Basic x", "X-API-Key": "mine", "api-key": "azure"}
    upstream = open_upstream(server.kind, server.url, "sk-1", headers)
    asyncio.run(listen(upstream, "words", {"prompt": "Hi"}))

    sent = server.last_headers
    assert {name: sent[name.lower()] for name in headers} == headers
    assert "sk-1" not in str(sent)


def test_a_model_is_found_by_its_name_alone(server):
    found = asyncio.run(open_upstream(server.kind, server.url).model_named("org/a:b.gguf"))

    assert [model.name for model in found] == ["org/a:b.gguf"]
    assert "prompt" in found[0].openapi_schema["components"]["schemas"]["Input"]["properties"]
