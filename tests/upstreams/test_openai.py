import asyncio
import socket
import time

import pytest

from predictions.upstreams import Usage, open_upstream
from tests.servers.behaviours import WORDS

from .listening import hear

SENTENCE = "".join(WORDS)


@pytest.mark.parametrize("model", ["no-done-marker", "no-finish-reason", "org/slashed:model.gguf"])
def test_finish_reason_or_done_is_an_end(server, model):
    heard = hear("openai", server.url, model)

    assert (heard.text, heard.error) == (SENTENCE, None)


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


def test_token_counts_may_come_late_or_never(server):
    assert hear("openai", server.url, "usage-late").usage == Usage(7, 10)
    assert hear("openai", server.url, "usage-then-none").usage == Usage(7, 10)
    assert hear("openai", server.url, "usage-never").usage is None


def test_a_server_that_never_closes_ends_with_its_finish_reason(server):
    start = time.monotonic()
    heard = hear("openai", server.url, "never-closes")

    assert (heard.text, heard.error) == (SENTENCE, None)
    assert time.monotonic() - start < 4


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


def test_only_models_that_can_chat_are_offered(server):
    found = asyncio.run(open_upstream("openai", server.url).models())

    names = [model.name for model in found]
    assert "org/slashed:model.gguf" in names
    assert not {"text-embedding-3-small", "whisper-1", "tts-1", "dall-e-3"} & set(names)


@pytest.mark.parametrize("model", ["reasoning-either-name", "reasoning-in-parts"])
def test_thoughts_are_logs_under_every_name_that_servers_give_them(server, model):
    heard = hear("openai", server.url, model)

    assert (heard.logs, heard.text) == ("Let me think.", "Yes.")


def test_thoughts_in_tags_stay_in_the_answer(server):
    heard = hear("openai", server.url, "reasoning-in-tags")

    assert (heard.logs, heard.text) == ("", "<think>Hm.</think>Yes.")


def test_only_the_first_of_several_answers_is_heard(server):
    heard = hear("openai", server.url, "several-choices")

    assert (heard.words, heard.error) == (WORDS, None)


def test_chunks_that_make_no_sense_say_nothing(server):
    heard = hear("openai", server.url, "odd-chunks")

    assert (heard.words, heard.error) == (["Yes."], None)


@pytest.mark.parametrize("shape", ["object", "string", "named", "bare", "vllm", "finish"])
def test_an_error_inside_a_stream_is_heard_in_every_shape(server, shape):
    heard = hear("openai", server.url, f"error-{shape}")

    assert heard.words == WORDS[:2]
    assert heard.error.message == "The model's server is busy. Try again in a moment."
    assert heard.error.retryable
    assert "secret" in heard.error.detail


def test_an_option_that_a_model_does_not_take_is_named(server):
    error = hear("openai", server.url, "no-temperature", {"prompt": "Hi", "temperature": 0.5}).error

    assert error.message == "This model does not accept the given temperature."
    assert not error.retryable


def test_a_list_of_models_may_be_bare(server):
    found = asyncio.run(open_upstream("openai", f"{server.origin}/bare").models())

    assert [model.name for model in found] == ["words"]
