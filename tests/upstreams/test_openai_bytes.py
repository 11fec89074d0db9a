"""An OpenAI-compatible answer, broken at every byte."""

import json

import pytest

from tests.servers import ScriptedServer

from .faults import EveryByte


def chunk(delta: dict, finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return f"data: {json.dumps({'choices': [choice]}, ensure_ascii=False)}\n\n"


WORDS = "".join(chunk({"content": word}) for word in ("Ein", " Fluß", " 🌊", "\r\nfließt."))
THOUGHT = chunk({"role": "assistant", "reasoning": "Hm."})
# The end is known with the finish reason, or where there is none with the last line.
WITH_REASON = f"{THOUGHT}{WORDS}{chunk({}, 'stop')}"
WITHOUT_REASON = f"{THOUGHT}{WORDS}data: [DONE]\n\n"
BODIES = {
    "finish_reason": (f"{WITH_REASON}data: [DONE]\n\n", len(WITH_REASON.encode())),
    "done": (WITHOUT_REASON, len(WITHOUT_REASON.encode())),
}


@pytest.fixture(scope="module", params=BODIES)
def answer(request):
    body, end = BODIES[request.param]
    route = {"body": body, "type": "text/event-stream", "is_faulty": True}
    with ScriptedServer({"POST /v1/chat/completions": route}) as server:
        yield EveryByte("openai", server, body, end=end, suffix="/v1")


@pytest.mark.parametrize("fault", ["split", "cut", "reset", "stall"])
def test_broken_at_any_byte_an_answer_keeps_its_words(answer, fault):
    getattr(answer, f"check_{fault}")()
