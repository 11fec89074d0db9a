"""An answer of Ollama's, broken at every byte."""

import json

import pytest

from tests.servers import ScriptedServer

from .faults import EveryByte


def line(content: str, **facts: object) -> str:
    message = {"role": "assistant", "content": content, **facts}
    return json.dumps({"message": message, "done": False}, ensure_ascii=False) + "\n"


WORDS = "".join(line(word) for word in ("Ein", " Fluß", " 🌊\u2028", "\r\nfließt."))
LAST = {"message": {"role": "assistant", "content": ""}, "done": True, "eval_count": 4}
BODY = f"{line('', thinking='Hm.')}{WORDS}{json.dumps(LAST)}\n"


@pytest.fixture(scope="module")
def answer():
    route = {"body": BODY, "type": "application/x-ndjson", "is_faulty": True}
    with ScriptedServer({"POST /api/chat": route}) as server:
        yield EveryByte("ollama", server, BODY, end=len(BODY.encode()) - 1)


@pytest.mark.parametrize("fault", ["split", "cut", "reset", "stall"])
def test_broken_at_any_byte_an_answer_keeps_its_words(answer, fault):
    getattr(answer, f"check_{fault}")()
