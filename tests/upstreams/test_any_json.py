"""Whatever JSON a server sends, it is words or an UpstreamError, and nothing else breaks."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictions.sse import ServerEvent
from predictions.upstreams import (
    Logs,
    Output,
    Unreadable,
    UpstreamError,
    Usage,
    Waiting,
    anthropic_answer,
    ollama,
    open_upstream,
    openai_answer,
)
from tests.servers import ScriptedServer

NAMES = {
    openai_answer: "choices delta message content reasoning thinking text index usage error object "
    "finish_reason type code prompt_tokens completion_tokens",
    anthropic_answer: "type message usage content_block delta text thinking error content "
    "input_tokens output_tokens",
    ollama: "message content thinking error done prompt_eval_count eval_count",
}
LISTS = {
    "openai": "models",
    "anthropic": "v1/models?limit=100",
    "ollama": "api/tags",
    "replicate": "collections/streaming-language-models",
}
ODD = {"deep": "[" * 200_000, "page": "<html>", "half": "{", "null": "null", "other": '{"data": 1}'}
VALUES = [
    *("error", "message_start", "content_block_start", "content_block_delta", "message_delta"),
    *("message_stop", "thinking", "stop"),
]
plain = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 3), st.floats(), st.text(max_size=2),
    st.sampled_from(VALUES),
)  # fmt: skip


def objects(names: str) -> st.SearchStrategy[dict]:
    keys = st.sampled_from(names.split())
    value = st.recursive(
        plain,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=8,
    )
    return st.dictionaries(keys, value, max_size=4)


async def as_events(found: list[dict]) -> AsyncGenerator[ServerEvent]:
    for each in found:
        yield ServerEvent("message", json.dumps(each), "")


async def hear(pieces: AsyncGenerator, heard: list) -> None:
    with contextlib.suppress(UpstreamError):
        async for piece in pieces:
            heard.append(piece)


@pytest.mark.parametrize("protocol", [openai_answer, anthropic_answer])
@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_any_stream_is_words_or_an_upstream_error(protocol, data):
    found = data.draw(st.lists(objects(NAMES[protocol]), max_size=3))
    heard: list = []

    asyncio.run(hear(protocol.streamed(as_events(found)), heard))

    assert all(isinstance(piece, Output | Logs | Usage | Waiting) for piece in heard)
    assert all(isinstance(p.text, str) and p.text for p in heard if isinstance(p, Output | Logs))


@pytest.mark.parametrize("protocol", [openai_answer, anthropic_answer])
@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_any_whole_answer_is_words_or_an_upstream_error(protocol, data):
    heard: list = []

    asyncio.run(hear(protocol.whole(data.draw(objects(NAMES[protocol]))), heard))

    assert all(isinstance(p.text, str) and p.text for p in heard if isinstance(p, Output | Logs))


@settings(max_examples=400, deadline=None)
@given(objects(NAMES[ollama]))
def test_any_object_of_ollamas_is_words_or_an_upstream_error(found):
    heard: list = []
    with contextlib.suppress(UpstreamError):
        heard = ollama.spoken(found)

    assert all(isinstance(p.text, str) and p.text for p in heard if isinstance(p, Output | Logs))


@pytest.fixture(scope="module")
def odd_server():
    routes = {
        f"GET /{odd}/{path}": {"body": body} for odd, body in ODD.items() for path in LISTS.values()
    }
    with ScriptedServer(routes) as server:
        yield server


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("kind", LISTS)
def test_a_list_of_models_that_is_none_is_an_upstream_error(odd_server, kind, odd):
    with pytest.raises(Unreadable) as error:
        asyncio.run(open_upstream(kind, f"{odd_server.origin}/{odd}").models())

    assert error.value.is_page == (odd == "page")
    assert len(error.value.detail) < 5000
