import asyncio
import contextlib
import socket
import time

import pytest

from predictions.upstreams import Interrupted, Usage, open_upstream
from tests.servers.behaviours import SPACING, WORDS

from .listening import hear, listen, until

SENTENCE = "".join(WORDS)


def test_words_arrive_one_by_one_and_spaced(server):
    heard = hear("openai", server.url, "words")

    assert heard.error is None
    assert heard.words == WORDS
    gaps = [
        later - earlier
        for earlier, later in zip(heard.word_times, heard.word_times[1:], strict=False)
    ]
    assert sum(gap > SPACING / 2 for gap in gaps) >= len(gaps) - 2
    assert heard.usage == Usage(7, 10)


@pytest.mark.parametrize("model", ["no-done-marker", "no-finish-reason", "org/slashed:model.gguf"])
def test_finish_reason_or_done_is_an_end(server, model):
    heard = hear("openai", server.url, model)

    assert (heard.text, heard.error) == (SENTENCE, None)


def test_a_body_that_ends_without_its_end_marker_is_an_interruption(server):
    heard = hear("openai", server.url, "no-end-marker")

    assert isinstance(heard.error, Interrupted)
    assert heard.words == WORDS[:4]


def test_a_connection_cut_in_the_middle_is_an_interruption(server):
    heard = hear("openai", server.url, "cut")

    assert isinstance(heard.error, Interrupted)
    assert heard.words == WORDS[:4]


def test_a_line_without_end_is_an_interruption(server):
    assert isinstance(hear("openai", server.url, "endless-line").error, Interrupted)


def test_an_error_inside_a_good_stream_is_a_sentence_and_its_body_only_detail(server):
    heard = hear("openai", server.url, "error-in-stream")

    assert heard.words == WORDS[:2]
    assert heard.error.message == "The model's server reported an error."
    assert heard.error.retryable
    assert "secret detail" in heard.error.detail


@pytest.mark.parametrize(
    ("model", "message", "retryable"),
    [
        ("401", "The model's server refused our key.", False),
        ("404", "The model's server does not know this model.", False),
        ("500", "The model's server failed.", True),
        ("html-error", "The model's server failed.", True),
        ("html-page", "The model's server answered with a web page.", False),
        ("redirect", "The model's server sent us elsewhere.", False),
    ],
)
def test_a_refusal_is_a_sentence_for_a_visitor(server, model, message, retryable):
    error = hear("openai", server.url, model).error

    assert (error.message, error.retryable) == (message, retryable)
    assert "secret" not in str(error)
    assert len(error.detail) < 5000


def test_the_key_is_sent_and_never_repeated(server):
    error = hear("openai", server.url, "401", key="sk-very-secret").error

    assert "Incorrect API key provided" in error.detail
    assert "sk-very-secret" not in error.detail
    assert "sk-very-secret" not in repr(open_upstream("openai", server.url, "sk-very-secret"))


@pytest.mark.parametrize("key", ["with\nnewline", "smart\u2019quote"])
def test_a_key_that_cannot_be_sent_is_a_sentence(server, key):
    error = hear("openai", server.url, "words", key=key).error

    assert error.message == "The key of the model's server cannot be used."
    assert key not in repr(error.detail)


def test_a_key_may_have_white_space_around_it(server):
    assert hear("openai", server.url, "words", key=" sk-1\n").text == SENTENCE


def test_half_an_emoji_in_a_prompt_can_be_sent(server):
    assert hear("openai", server.url, "words", {"prompt": "a \ud83e"}).text == SENTENCE


def test_a_busy_server_says_when_to_come_back(server):
    first = hear("openai", server.url, "429-then-ok")
    second = hear("openai", server.url, "429-then-ok")

    assert (first.error.retryable, first.error.retry_after) == (True, 3.0)
    assert second.text == SENTENCE


def test_a_server_that_is_not_there_is_worth_another_try():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    error = hear("openai", f"http://127.0.0.1:{port}/v1", "words").error

    assert error.message == "The model's server could not be reached."
    assert error.retryable


@pytest.mark.parametrize(
    "url",
    ["nonsense", "http://", "ftp://127.0.0.1/v1", "http://[::bad/v1", "http://me:x@127.0.0.1:1/v1"],
)
def test_an_address_that_cannot_be_one_is_an_upstream_error(url):
    assert hear("openai", url, "words").error is not None


def test_a_server_that_does_not_stream_still_answers(server):
    heard = hear("openai", server.url, "json")

    assert heard.words == [SENTENCE]
    assert heard.usage == Usage(7, 10)


def test_thoughts_are_logs(server):
    heard = hear("openai", server.url, "reasoning")

    assert (heard.logs, heard.words) == ("Let me think.", ["Yes."])


def test_a_burst_loses_nothing(server):
    heard = hear("openai", server.url, "burst")

    assert heard.words == WORDS * 100


def test_token_counts_may_come_late_or_never(server):
    assert hear("openai", server.url, "usage-late").usage == Usage(7, 10)
    assert hear("openai", server.url, "usage-never").usage is None


def test_a_server_that_never_closes_ends_with_its_finish_reason(server):
    start = time.monotonic()
    heard = hear("openai", server.url, "never-closes")

    assert (heard.text, heard.error) == (SENTENCE, None)
    assert time.monotonic() - start < 4


def test_halves_of_an_emoji_meet_again(server):
    heard = hear("openai", server.url, "half-emoji")

    assert heard.text == "A \U0001f999 and a lone \ufffd one"


@pytest.mark.parametrize("model", ["crlf", "words"])
def test_lines_may_end_either_way(server, model):
    assert hear("openai", server.url, model).text == SENTENCE


def test_only_line_ends_end_lines(server):
    assert hear("openai", server.url, "odd-lines").text == "a\u2028b\u0085c\x0cd"


def test_an_older_server_is_asked_again_without_stream_options(server):
    assert hear("openai", server.url, "no-stream-options").text == SENTENCE
    assert ["stream_options" in body for body in server.stats["requests"]] == [True, False]


def test_max_tokens_gives_way_to_its_new_name(server):
    heard = hear("openai", server.url, "max-completion-tokens", {"prompt": "Hi", "max_tokens": 5})

    assert heard.text == SENTENCE
    assert server.last_request["max_completion_tokens"] == 5


def test_the_conversation_is_sent_whole(server):
    history = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    input = {"messages": history, "prompt": "c", "system_prompt": "Be kind.", "temperature": 0}
    hear("openai", server.url, "words", input)

    body = server.last_request
    assert [message["content"] for message in body["messages"]] == ["Be kind.", "a", "b", "c"]
    assert body["messages"][0]["role"] == "system"
    assert (body["temperature"], body["stream"]) == (0, True)


def test_an_input_that_says_nothing_is_refused(server):
    error = hear("openai", server.url, "words", {"system_prompt": "Be kind."}).error

    assert error.message == "The input needs a prompt or messages."
    assert not server.stats["requests"]


@pytest.mark.parametrize("model", ["stall", "silent", "slow"])
def test_closing_the_run_closes_the_upstream_connection_within_a_second(server, model):
    async def close_early() -> None:
        run = open_upstream("openai", server.url).run(model, {"prompt": "Hi"}, prediction_id="p1")
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
            open_upstream("openai", server.url).run("slow", {"prompt": "Hi"}, prediction_id="p1")
        ) as run:
            await anext(run)
        assert await until(lambda: server.stats["open"] == 0)

    asyncio.run(leave())


def test_hundreds_of_streams_run_at_once(server):
    async def crowd() -> list:
        upstream = open_upstream("openai", server.url)
        runs = [listen(upstream, "words", {"prompt": "Hi"}) for _ in range(150)]
        return await asyncio.gather(*runs)

    assert {heard.text for heard in asyncio.run(crowd())} == {SENTENCE}


def test_only_models_that_can_chat_are_offered(server):
    found = asyncio.run(open_upstream("openai", server.url).models())

    names = [model.name for model in found]
    assert "org/slashed:model.gguf" in names
    assert not {"text-embedding-3-small", "whisper-1", "tts-1", "dall-e-3"} & set(names)
