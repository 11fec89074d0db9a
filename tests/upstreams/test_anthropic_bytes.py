"""An answer of Anthropic's, broken at every byte."""

import json

import pytest

from tests.servers import ScriptedServer

from .faults import EveryByte


def event(kind: str, **facts: object) -> str:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **facts}, ensure_ascii=False)}\n\n"


def delta(**facts: str) -> str:
    return event("content_block_delta", index=0, delta=facts)


WORDS = "".join(
    delta(type="text_delta", text=word) for word in ("Ein", " Fluß", " 🌊", "\r\nfließt.")
)
BODY = "".join(
    [
        event("message_start", message={"usage": {"input_tokens": 3}}),
        event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        event("ping"),
        delta(type="thinking_delta", thinking="Hm."),
        WORDS,
        event("message_delta", usage={"output_tokens": 4}),
        event("message_stop"),
    ]
)


@pytest.fixture(scope="module")
def answer():
    route = {"body": BODY, "type": "text/event-stream", "is_faulty": True}
    with ScriptedServer({"POST /v1/messages": route}) as server:
        yield EveryByte("anthropic", server, BODY, end=len(BODY.encode()))


@pytest.mark.parametrize("fault", ["split", "cut", "reset", "stall"])
def test_broken_at_any_byte_an_answer_keeps_its_words(answer, fault):
    getattr(answer, f"check_{fault}")()
