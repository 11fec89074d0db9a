"""What is Ollama's own; what servers of every protocol do is in test_misbehaviour."""

import asyncio

import pytest

from predictions.upstreams import UpstreamError, Usage, open_upstream
from predictions.upstreams.ollama import Ollama
from tests.servers import OllamaServer
from tests.servers.answer import WORDS, WRITTEN

from .listening import hear

SENTENCE = "".join(WORDS)


@pytest.fixture(scope="module")
def server():
    with OllamaServer() as running:
        yield running


def test_options_go_under_their_own_names(server):
    options = {"temperature": 0, "top_p": 0.5, "top_k": 3, "seed": 1, "stop": ["E"], "num_ctx": 99}
    hear("ollama", server.url, "words", {"prompt": "Hi", "max_tokens": 5, **options})

    body = server.last_request
    assert body["options"] == {**options, "num_predict": 5}
    assert set(body) == {"model", "messages", "stream", "options"}


def test_the_system_prompt_is_the_first_message(server):
    hear("ollama", server.url, "words", {"prompt": "Hi", "system_prompt": "Be kind."})

    roles = [message["role"] for message in server.last_request["messages"]]
    assert roles == ["system", "user"]


@pytest.mark.parametrize("think", [True, False])
def test_thinking_is_asked_for_or_not(server, think):
    hear("ollama", server.url, "words", {"prompt": "Hi", "think": think})

    assert server.last_request["think"] is think


def test_a_model_that_cannot_think_is_a_sentence(server):
    error = hear("ollama", server.url, "cannot-think", {"prompt": "Hi", "think": True}).error

    assert error.message == "This model cannot think before it answers."
    assert hear("ollama", server.url, "cannot-think").text == SENTENCE


def test_a_key_is_sent_where_there_is_one(server):
    hear("ollama", server.url, "words", key="sk-1")
    with_key = server.last_headers
    hear("ollama", server.url, "words")

    assert with_key["authorization"] == "Bearer sk-1"
    assert "authorization" not in server.last_headers


@pytest.mark.parametrize("end", ["", "/", "/api", "/api/"])
def test_the_address_may_have_its_api_or_not(server, end):
    assert hear("ollama", f"{server.url}{end}", "words").text == SENTENCE


def test_its_usual_address_is_this_machines():
    assert Ollama.default_url == "http://127.0.0.1:11434"


@pytest.mark.parametrize("reason", ["length", "load", "unload"])
def test_an_answer_may_end_for_any_reason(server, reason):
    heard = hear("ollama", server.url, f"ends-with-{reason}")

    assert (heard.text, heard.error) == (SENTENCE, None)


def test_the_last_line_needs_no_end(server):
    heard = hear("ollama", server.url, "no-last-line-end")

    assert (heard.text, heard.error) == (SENTENCE, None)


def test_a_prompt_from_the_cache_has_no_count(server):
    assert hear("ollama", server.url, "cached-prompt").usage == Usage(None, WRITTEN)


def test_only_models_that_can_chat_are_offered(server):
    found = asyncio.run(open_upstream("ollama", server.url).models())

    names = {model.name for model in found}
    assert {"words", "org/slashed:model.gguf", "talker:latest", "odd:latest"} < names
    assert not {"all-minilm:latest", "nomic:latest", "qwen3-embedding:0.6b", "seer:latest"} & names
    assert found[0].description == "3.2B parameters, Q4_K_M"


def test_a_list_of_models_that_is_none_is_a_sentence(server):
    with pytest.raises(UpstreamError, match="something that cannot be understood"):
        asyncio.run(open_upstream("ollama", f"{server.url}/nonsense").models())
