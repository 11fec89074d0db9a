"""What an OpenAI-compatible server says, as routes of the scripted server."""

import json
from collections.abc import Iterable

MODEL = "speaker"


def speech(pieces: Iterable[str]) -> dict[str, dict]:
    """A server with one model, which says these pieces, one event each."""
    said = "".join(_event({"content": piece}) for piece in pieces)
    models = {"object": "list", "data": [{"id": MODEL}]}
    return {
        "GET /v1/models": {"body": json.dumps(models)},
        "POST /v1/chat/completions": {
            "body": f"{said}{_event({}, 'stop')}data: [DONE]\n\n",
            "type": "text/event-stream",
            "is_faulty": True,
        },
    }


def _event(delta: dict, finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return f"data: {json.dumps({'choices': [choice]})}\n\n"
