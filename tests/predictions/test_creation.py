"""Creating a prediction as the request's headers ask, on a real server."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import httpx
import pytest

from tests.listening import listen, words
from tests.running import STORY, wait_until


def create(server, input=(), path="/v1/predictions", **headers: str) -> httpx.Response:
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    input = {"prompt": "Tell me a story", "seed": 1, "max_new_tokens": 30} | dict(input)
    body = {"input": input} | ({"version": STORY} if path == "/v1/predictions" else {})
    return httpx.post(
        server.url + path, json=body, headers=server.authorization | headers, timeout=70
    )


# Prefer: wait


@pytest.mark.parametrize(
    ("preference", "applied"),
    [
        ("wait", "wait"),
        ("wait=5", "wait=5"),
        ("Wait=5", "wait=5"),
        ("respond-async, wait=60", "wait=60"),
        ("wait=99999", "wait=60"),
        ("wait = 5; strict", "wait=5"),
    ],
)
def test_who_waits_gets_the_whole_output(server, preference, applied):
    response = create(server, Prefer=preference)

    assert response.status_code == 201
    assert response.headers["preference-applied"] == applied
    assert response.json()["status"] == "succeeded"
    assert len(response.json()["output"]) == 30


@pytest.mark.parametrize(
    "preference", ["wait=0", "waiting", "respond-async", "wait=x", "await=3", "no-wait"]
)
def test_other_preferences_are_not_applied(server, preference):
    response = create(server, Prefer=preference)

    assert response.status_code == 201
    assert "preference-applied" not in response.headers
    assert response.json()["status"] == "starting"


def test_when_time_runs_out_the_answer_says_starting_without_output(server):
    started = time.monotonic()

    response = create(server, {"max_new_tokens": 1000}, Prefer="wait=1")

    waited = time.monotonic() - started
    assert 0.5 < waited < 1.3
    answer = response.json()
    assert (answer["status"], answer["output"], answer["logs"]) == ("starting", None, "")
    assert response.headers["preference-applied"] == "wait=1"
    assert response.headers["location"] == answer["urls"]["get"]
    assert server.prediction(answer["id"])["output"], "it should be on its way meanwhile"


def test_a_prediction_that_fails_ends_the_wait(server):
    response = create(server, {"fail_after": 3}, Prefer="wait")

    assert response.json()["status"] == "failed"
    assert response.json()["error"] == "The model failed after 3 words, as it was asked to."


def test_a_cancel_ends_the_wait(server):
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(create, server, {"max_new_tokens": 1000}, Prefer="wait=20")
        newest = "/v1/predictions"
        wait_until(lambda: server.get(newest).json()["results"][0]["status"] == "processing", 5)
        id = server.get(newest).json()["results"][0]["id"]
        server.post(f"/v1/predictions/{id}/cancel")

        answer = waiting.result(5).json()

    assert answer["id"] == id
    assert answer["status"] == "canceled"


def test_who_waits_for_a_prediction_that_is_deleted_gets_a_404(server):
    delete = """
from tests.running import wait_until
from predictions.models import Prediction
wait_until(lambda: Prediction.objects.filter(status="processing").delete()[0], 10)
"""
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(create, server, {"max_new_tokens": 1000}, Prefer="wait=20")
        server.manage("shell", "-v0", "-c", delete)

        response = waiting.result(20)

    assert response.status_code == 404
    assert response.json()["detail"] == "There is no such prediction."


def test_many_may_wait_at_once_and_the_server_still_answers(server):
    with ThreadPoolExecutor(30) as pool:
        waiting = [pool.submit(create, server, Prefer="wait=30") for _ in range(30)]
        started = time.monotonic()
        assert server.get("/v1/account").status_code == 200
        answered = time.monotonic() - started

        statuses = {each.result(30).json()["status"] for each in waiting}

    assert answered < 3
    assert statuses == {"succeeded"}


# Cancel-After


@pytest.mark.parametrize(
    ("text", "seconds"), [("30", 30), ("30s", 30), ("5m", 300), ("1h30m45s", 5445), ("24h", 86400)]
)
def test_a_deadline_counts_from_the_creation(server, text, seconds):
    created = create(server, {"max_new_tokens": 1}, Cancel_After=text).json()

    created_at, deadline = map(datetime.fromisoformat, (created["created_at"], created["deadline"]))
    assert (deadline - created_at).total_seconds() == seconds


@pytest.mark.parametrize("text", ["4", "4s", "x", "", "25h", "-5", "5.5", "1m1h", "10 s"])
def test_a_deadline_that_is_none_is_refused(server, text):
    headers = [(b"cancel-after", text.encode())]
    response = httpx.post(
        f"{server.url}/v1/predictions",
        json={"version": STORY, "input": {"prompt": "x"}},
        headers=[(k.encode(), v.encode()) for k, v in server.authorization.items()] + headers,
    )

    assert response.status_code == 422
    assert response.json()["invalid_fields"][0]["field"] == "Cancel-After"


def test_a_run_past_its_deadline_is_canceled_and_keeps_its_words(server):
    created = create(server, {"max_new_tokens": 1000}, Cancel_After="5s").json()

    events = list(listen(created["urls"]["stream"]))
    ended = server.ended(created["id"])

    assert ended["status"] == "canceled"
    assert events[-1].data == '{"reason": "canceled"}'
    assert words(events) == ended["output"]
    assert 4.5 < ended["metrics"]["total_time"] < 8


def test_a_deadline_before_the_start_aborts(make_server):
    server = make_server(RUN_CAPACITY="1")
    first = create(server, {"max_new_tokens": 1000}).json()
    wait_until(lambda: server.prediction(first["id"])["status"] == "processing", 5)

    second = create(server, Cancel_After="5").json()
    ended = server.ended(second["id"])

    assert ended["status"] == "aborted"
    assert ended["started_at"] is None
    assert ended["output"] is None
    assert server.prediction(first["id"])["status"] == "processing"
    assert [event.event for event in listen(second["urls"]["stream"])] == ["done"]


# Idempotency-Key


def test_the_same_key_is_the_same_prediction(server):
    first = create(server, Idempotency_Key="a").json()
    again = create(server, Idempotency_Key="a")

    assert again.status_code == 201
    assert again.json()["id"] == first["id"]
    assert again.json()["urls"] == first["urls"]


def test_a_key_that_comes_many_times_at_once_makes_one_prediction(server):
    gate = threading.Barrier(6)

    def send(_: int) -> str:
        gate.wait()
        return create(server, {"max_new_tokens": 1}, Idempotency_Key="burst").json()["id"]

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(send, range(6)))) == 1


def test_a_key_used_for_another_request_is_a_conflict(server):
    create(server, Idempotency_Key="b")

    for other in (
        create(server, {"seed": 2}, Idempotency_Key="b"),
        create(server, path="/v1/models/rivulet/demo/predictions", Idempotency_Key="b"),
    ):
        assert other.status_code == 409
        assert other.headers["content-type"] == "application/problem+json"
        assert "Idempotency-Key" in other.json()["detail"]


def test_another_accounts_key_is_another_key(server):
    mallory = server.stranger("mallory")

    mine = create(server, Idempotency_Key="c").json()
    hers = create(server, Idempotency_Key="c", **mallory).json()

    assert hers["id"] != mine["id"]


def test_a_key_that_is_too_long_is_refused(server):
    assert create(server, Idempotency_Key="k" * 256).status_code == 422
    assert create(server, Idempotency_Key="k" * 255).status_code == 201


def test_a_bad_request_does_not_use_its_key_up(server):
    assert create(server, {"seed": "x"}, Idempotency_Key="d").status_code == 422
    assert create(server, Idempotency_Key="d").status_code == 201
