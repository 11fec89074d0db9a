"""An OpenAI-compatible answer, broken at every byte."""

import json

import pytest

from tests.servers import ScriptedServer

from .faults import EveryByte


def chunk(delta: dict, finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return f"data: {json.dumps({'choices': [choice]}, ensure_ascii=False)}\n\n"


WORDS = "".join(chunk({"content": word}) for word in ("Ein", " Fluß", " 🌊", "\r\nfließt."))
TO_THE_END = chunk({"role": "assistant", "reasoning": "Hm."}) + WORDS + chunk({}, "stop")
BODY = f"{TO_THE_END}data: [DONE]\n\n"


@pytest.fixture(scope="module")
def answer():
    route = {"body": BODY, "type": "text/event-stream", "is_faulty": True}
    with ScriptedServer({"POST /v1/chat/completions": route}) as server:
        yield EveryByte("openai", server, BODY, end=len(TO_THE_END.encode()), suffix="/v1")


@pytest.mark.parametrize("fault", ["split", "cut", "reset", "stall"])
def test_broken_at_any_byte_an_answer_keeps_its_words(answer, fault):
    getattr(answer, f"check_{fault}")()
