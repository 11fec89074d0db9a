"""Images in a conversation's messages: each chat protocol takes them in its own way."""

import pytest

from predictions.files import is_named_elsewhere, open_with, with_opened
from predictions.inputs import InvalidInput, clean_input
from predictions.upstreams.openai import SCHEMA
from tests.servers import AnthropicServer, ChatServer, OllamaServer, OpenAIServer

from .listening import hear

PIXEL = "iVBORw0KGgo="
DATA = f"data:image/png;base64,{PIXEL}"
LINK = "https://images.example.org/river.jpg"


@pytest.fixture(scope="module", params=[OpenAIServer, AnthropicServer, OllamaServer])
def chat_server(request):
    with request.param() as running:
        yield running


@pytest.fixture(scope="module")
def openai():
    with OpenAIServer() as running:
        yield running


@pytest.fixture(scope="module")
def anthropic():
    with AnthropicServer() as running:
        yield running


def sent(server: ChatServer, *messages: dict) -> list[dict]:
    """The messages that the server gets for these."""
    heard = hear(server.kind, server.url, "words", {"messages": list(messages)})
    assert heard.error is None, heard.error.message
    return server.last_request["messages"]


def user(content: str, *images: str) -> dict:
    return {"role": "user", "content": content, "images": list(images)}


def test_openai_gets_the_text_and_then_the_images_as_parts(openai):
    assert sent(openai, user("What is it?", DATA, LINK)) == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is it?"},
                {"type": "image_url", "image_url": {"url": DATA}},
                {"type": "image_url", "image_url": {"url": LINK}},
            ],
        }
    ]


def test_anthropic_gets_blocks_with_the_images_first(anthropic):
    assert sent(anthropic, user("What is it?", DATA, LINK)) == [
        {
            "role": "user",
            "content": [
                {
                    "type": "image",
                    "source": {"type": "base64", "media_type": "image/png", "data": PIXEL},
                },
                {"type": "image", "source": {"type": "url", "url": LINK}},
                {"type": "text", "text": "What is it?"},
            ],
        }
    ]


def test_anthropics_joined_turns_keep_the_images_of_both(anthropic):
    (message,) = sent(anthropic, user("One", DATA), user(" ", LINK))

    assert [part["type"] for part in message["content"]] == ["image", "image", "text"]
    assert message["content"][-1]["text"] == "One"


def test_ollama_gets_bare_base64():
    with OllamaServer() as ollama:
        assert sent(ollama, user("What is it?", DATA)) == [
            {"role": "user", "content": "What is it?", "images": [PIXEL]}
        ]


def test_ollama_opens_no_link():
    with OllamaServer() as ollama:
        error = hear("ollama", ollama.url, "words", {"messages": [user("What?", LINK)]}).error

        assert "not as links" in error.message
        assert ollama.stats["requests"] == []


def test_a_message_without_images_stays_plain(chat_server):
    plain = {"role": "user", "content": "Hi"}

    assert sent(chat_server, plain) == sent(chat_server, user("Hi")) == [plain]


@pytest.mark.parametrize("image", ["http://127.0.0.1/x.png", "file:///etc/passwd", "data:,x", "x"])
def test_what_is_no_image_is_not_sent(chat_server, image):
    before = len(chat_server.stats["requests"])

    error = hear(chat_server.kind, chat_server.url, "words", {"messages": [user("?", image)]}).error

    assert "An image must be" in error.message
    assert len(chat_server.stats["requests"]) == before


def test_the_schema_takes_images_that_are_texts():
    schema = SCHEMA["components"]["schemas"]["Input"]

    taken = clean_input(schema, {}, {"messages": [user("What?", DATA)]})
    with pytest.raises(InvalidInput):
        clean_input(schema, {}, {"messages": [{"role": "user", "content": "x", "images": [1]}]})

    assert taken["messages"][0]["images"] == [DATA]


def test_what_is_kept_elsewhere_is_opened_only_for_the_model():
    open_with("test-cupboard", {"test-cupboard:1": DATA}.get)
    stored = {"messages": [user("What?", "test-cupboard:1", "test-cupboard:2")], "n": 1}

    assert is_named_elsewhere(stored)
    assert with_opened(stored)["messages"][0]["images"] == [DATA, "test-cupboard:2"]
    assert stored["messages"][0]["images"][0] == "test-cupboard:1"
    assert not is_named_elsewhere({"prompt": "other:1", "n": [None, {"a": "test cupboard"}]})
