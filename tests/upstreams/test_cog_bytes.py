"""A Cog server's event stream, broken at every byte: `completed` is its end marker."""

import json

import pytest

from predictions.upstreams import Interrupted, Logs
from tests.servers import ScriptedServer

from .faults import EveryByte
from .listening import hear

WORDS = ["Ein", " Fluß", " 🌊", "\r\nfließt."]
SCHEMA = {
    "paths": {"/predictions": {"post": {"x-cog-streaming": True}}},
    "components": {"schemas": {}},
}
ROUTES = {
    "GET /openapi.json": {"body": json.dumps(SCHEMA)},
    "GET /health-check": {"body": json.dumps({"status": "READY"})},
}


def event(name: str, **facts: object) -> str:
    return f"event: {name}\ndata: {json.dumps(facts, ensure_ascii=False)}\n\n"


def completed(status: str = "succeeded", **more: object) -> str:
    return event("completed", id="p1", output=WORDS, status=status, **more)


SPOKEN = "".join(
    [
        event("start", id="p1", status="processing"),
        event("log", source="stdout", data="Hm.\n"),
        *(event("output", chunk=word, index=index) for index, word in enumerate(WORDS)),
    ]
)
BODY = SPOKEN + completed()


def serve(body: str, status: int = 200, kind: str = "text/event-stream", **headers: str):
    route = {"body": body, "type": kind, "status": status, "headers": headers, "is_faulty": True}
    return ScriptedServer({**ROUTES, "POST /predictions": route})


def hear_from(server: ScriptedServer):
    return hear("cog", server.origin, "predictor", {})


@pytest.fixture(scope="module")
def answer():
    with serve(BODY) as server:
        yield EveryByte("cog", server, BODY, end=len(BODY.encode()))


@pytest.mark.parametrize("fault", ["split", "cut", "reset", "stall"])
def test_broken_at_any_byte_an_answer_keeps_its_words(answer, fault):
    getattr(answer, f"check_{fault}")()


def test_without_its_completed_event_an_answer_is_cut_off():
    with serve(SPOKEN) as server:
        heard = hear_from(server)

    assert heard.words == WORDS
    assert isinstance(heard.error, Interrupted)


def test_what_the_stream_left_out_is_in_its_completed_event():
    first, _, rest = SPOKEN.partition(event("output", chunk=WORDS[-1], index=3))
    assert rest == ""
    with serve(first + completed()) as server:
        heard = hear_from(server)

    assert (heard.words, heard.error) == (WORDS, None)


def test_a_failure_inside_a_stream_that_began_well_keeps_its_words():
    with serve(SPOKEN + completed("failed", error="ValueError: secret")) as server:
        heard = hear_from(server)

    assert heard.words == WORDS
    assert heard.error.message == "The model failed while it was running."
    assert "secret" in heard.error.detail


def test_a_server_that_fails_is_asked_again_when_it_says():
    with serve("{}", 500, "application/json") as server:
        failing = hear_from(server).error
    with serve("{}", 429, "application/json", **{"Retry-After": "7"}) as server:
        limited = hear_from(server).error

    assert (failing.retryable, failing.retry_after) == (True, None)
    assert (limited.retryable, limited.retry_after) == (True, 7)


def test_an_event_that_is_not_json_ends_the_answer():
    with serve(SPOKEN + "event: output\ndata: <html>\n\n") as server:
        heard = hear_from(server)

    assert heard.words == WORDS
    assert Logs("Hm.\n") in heard.items
    assert isinstance(heard.error, Interrupted)
