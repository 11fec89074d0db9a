"""What is Anthropic's own; what servers of every protocol do is in test_misbehaviour."""

import asyncio

import pytest

from predictions.upstreams import Usage, Waiting, open_upstream
from predictions.upstreams.anthropic import Anthropic, alternating, request
from predictions.upstreams.http import Refused
from tests.servers import AnthropicServer
from tests.servers.answer import READ, WORDS, WRITTEN

from .listening import hear, listen

SENTENCE = "".join(WORDS)
BUSY = "The model's server is busy. Try again in a moment."


@pytest.fixture(scope="module")
def server():
    with AnthropicServer() as running:
        yield running


def user(text: str) -> dict:
    return {"role": "user", "content": text}


def assistant(text: str) -> dict:
    return {"role": "assistant", "content": text}


def system(text: str) -> dict:
    return {"role": "system", "content": text}


def test_the_key_goes_as_x_api_key_and_the_version_with_it(server):
    hear("anthropic", server.url, "words", key=" sk-ant-1\n")

    headers = server.last_headers
    assert (headers["x-api-key"], headers["anthropic-version"]) == ("sk-ant-1", "2023-06-01")
    assert "authorization" not in headers


def test_an_operator_may_choose_the_version_of_the_api(server):
    upstream = open_upstream("anthropic", server.url, "", {"Anthropic-Version": "2031-01-01"})
    asyncio.run(listen(upstream, "words", {"prompt": "Hi"}))

    assert server.last_headers["anthropic-version"] == "2031-01-01"


@pytest.mark.parametrize("end", ["", "/", "/v1", "/v1/"])
def test_the_address_may_have_its_v1_or_not(server, end):
    assert hear("anthropic", f"{server.url}{end}", "words").text == SENTENCE


def test_its_usual_address_is_anthropics():
    assert Anthropic("https://api.anthropic.com").url("x") == "https://api.anthropic.com/v1/x"
    assert Anthropic.default_url == "https://api.anthropic.com"


def test_options_go_under_their_own_names(server):
    options = {"max_tokens": 5, "temperature": 0, "top_p": 0.5, "top_k": 3}
    hear("anthropic", server.url, "words", {"prompt": "Hi", "stop": ["END"], **options})

    body = server.last_request
    assert {name: body[name] for name in options} == options
    assert body["stop_sequences"] == ["END"]
    assert not {"stop", "seed", "thinking", "system"} & set(body)


def test_max_tokens_are_always_sent():
    assert request("m", {"prompt": "Hi"})["max_tokens"] == 4096


def test_thoughts_have_a_budget_beside_the_answers():
    body = request("m", {"prompt": "Hi", "thinking": 2048})

    assert body["thinking"] == {"type": "enabled", "budget_tokens": 2048}
    assert body["max_tokens"] == 4096 + 2048


def test_a_budget_that_leaves_no_answer_is_a_sentence(server):
    input = {"prompt": "Hi", "thinking": 2048, "max_tokens": 2048}
    error = hear("anthropic", server.url, "words", input).error

    assert error.message == "Max tokens must be more than the thinking budget."


def test_a_newer_model_chooses_itself_how_much_it_thinks(server):
    heard = hear("anthropic", server.url, "adaptive-only", {"prompt": "Hi", "thinking": 2048})

    assert (heard.text, heard.error) == (SENTENCE, None)
    assert server.last_request["thinking"] == {"type": "adaptive", "display": "summarized"}


def test_system_messages_go_before_the_conversation():
    messages = [system("Be kind."), user("a"), system("Be brief."), assistant("b")]
    body = request("m", {"system_prompt": "You.", "messages": messages, "prompt": "c"})

    assert body["system"] == "You.\n\nBe kind.\n\nBe brief."
    assert body["messages"] == [user("a"), assistant("b"), user("c")]


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ([user("a"), user("b")], [user("a\n\nb")]),
        ([user("a"), assistant(" \n"), user("b")], [user("a\n\nb")]),
        ([assistant("Welcome."), user("a")], [user("Hello."), assistant("Welcome."), user("a")]),
        ([user("a"), assistant("So: ")], [user("a"), assistant("So:")]),
        ([user(""), user("a")], [user("a")]),
    ],
)
def test_a_conversation_is_put_as_the_api_takes_it(server, said, sent):
    heard = hear("anthropic", server.url, "strict", {"messages": said})

    assert alternating(said) == sent
    assert (heard.text, heard.error) == (SENTENCE, None)


def test_a_conversation_of_blanks_says_nothing(server):
    error = hear("anthropic", server.url, "words", {"messages": [user(" "), assistant("")]}).error

    assert error.message == "The input needs a prompt or messages."


def test_what_comes_from_the_cache_was_read_too(server):
    assert hear("anthropic", server.url, "words").usage == Usage(READ, WRITTEN)


def test_gateways_may_tell_their_counts_at_the_end(server):
    assert hear("anthropic", server.url, "late-usage").usage == Usage(READ, WRITTEN)


def test_a_count_that_falls_to_nothing_at_the_end_is_not_believed(server):
    assert hear("anthropic", server.url, "forgotten-usage").usage == Usage(READ, WRITTEN)


def test_a_broken_answer_tells_what_it_has_read(server):
    heard = hear("anthropic", server.url, "cut")

    assert heard.error
    assert heard.usage == Usage(READ, 1)


@pytest.mark.parametrize("reason", ["max_tokens", "refusal", "stop_sequence", "pause_turn"])
def test_an_answer_may_end_for_any_reason(server, reason):
    heard = hear("anthropic", server.url, f"ends-with-{reason}")

    assert (heard.text, heard.error) == (SENTENCE, None)


@pytest.mark.parametrize(
    ("kind", "message", "retryable"),
    [
        ("overloaded_error", BUSY, True),
        ("rate_limit_error", BUSY, True),
        ("invalid_request_error", "The model's server reported an error.", False),
        ("permission_error", "The model's server reported an error.", False),
    ],
)
def test_an_error_inside_the_stream_says_whether_it_may_pass(server, kind, message, retryable):
    heard = hear("anthropic", server.url, f"fails-with-{kind}")

    assert heard.words == WORDS[:2]
    assert (heard.error.message, heard.error.retryable) == (message, retryable)
    assert "secret detail" in heard.error.detail


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("529", BUSY),
        ("no-temperature", "This model does not accept the given temperature."),
        ("no-credit", "The model's server asks for payment first."),
    ],
)
def test_a_refusal_says_what_it_is_about(server, model, message):
    error = hear("anthropic", server.url, model, {"prompt": "Hi", "temperature": 1}).error

    assert isinstance(error, Refused)
    assert error.message == message
    assert error.retryable == (model == "529")


def test_thoughts_that_are_kept_from_us_are_waited_for(server):
    heard = hear("anthropic", server.url, "hidden-thoughts")

    assert heard.items[0] == Waiting("The model is thinking.")
    assert (heard.words, heard.logs) == (["Yes."], "")


def test_a_block_may_begin_with_words(server):
    assert hear("anthropic", server.url, "text-in-start").text == "Oh, yes."


def test_a_model_that_is_served_no_more_is_not_offered(server):
    found = asyncio.run(open_upstream("anthropic", server.url).models())

    assert "claude-old" not in {model.name for model in found}


def test_all_pages_of_the_list_of_models_are_read(server):
    found = asyncio.run(open_upstream("anthropic", server.url).models())

    names = [model.name for model in found]
    assert len(names) == len(set(names)) > 30
    assert {"words", "late-usage", "strict"} < set(names)
    assert found[names.index("strict")].description == "Strict"
