"""Which messages a receiver hears, when, what is in them, and that they can be trusted."""

import base64
import hashlib
import hmac
import itertools
import json
import re
import sqlite3
import threading
import time
from contextlib import contextmanager

import httpx
import pytest

from predictions.webhooks.addresses import PRIVATE
from tests.running import STORY, wait_until

from .conftest import ask, deliveries, settled


def heard(receiver, server, prediction) -> list[tuple[str, str]]:
    """What arrived: each message's event and the status in its body."""
    events = {row["webhook_id"]: row["event"] for row in deliveries(server, prediction)}
    return [(events[each.id], each.prediction["status"]) for each in receiver.messages]


def verify(message, key: str) -> list[str]:
    """The signatures, once one of them is found to be right; written after the standard."""
    secret = base64.b64decode(key.removeprefix("whsec_"), validate=True)
    timestamp = message.headers["webhook-timestamp"]
    content = b".".join([message.id.encode(), timestamp.encode(), message.body])
    digest = base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()
    signatures = message.headers["webhook-signature"].split(" ")
    assert f"v1,{digest}" in signatures
    assert abs(time.time() - int(timestamp)) < 60
    return signatures


@contextmanager
def busy_writer(server):
    """Another process holds the database for 40 of each 80 milliseconds."""
    is_over = threading.Event()

    def hold() -> None:
        database = sqlite3.connect(server.data_dir / "rivulet.sqlite3", timeout=10)
        database.isolation_level = None
        while not is_over.wait(0.04):
            database.execute("BEGIN IMMEDIATE")
            is_over.wait(0.04)
            database.execute("ROLLBACK")
        database.close()

    holder = threading.Thread(target=hold)
    holder.start()
    yield
    is_over.set()
    holder.join()


def secret(server) -> str:
    return server.get("/v1/webhooks/default/secret").json()["key"]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (["completed"], ["completed"]),
        (["start", "completed"], ["start", "completed"]),
        (["start"], ["start"]),
        (["logs"], []),
        ([], []),
    ],
)
def test_only_what_the_filter_names_is_sent(server, receiver, events, expected):
    created = ask(server, receiver.url, events)

    settled(server, created)

    assert [event for event, _ in heard(receiver, server, created)] == expected


def test_without_a_filter_the_words_and_the_end_are_told(server, receiver):
    created = ask(server, receiver.url, max_new_tokens=60)

    settled(server, created)

    *outputs, last = heard(receiver, server, created)
    assert created["webhook_events_filter"] == ["output", "completed"]
    assert last == ("completed", "succeeded")
    assert len(outputs) >= 2
    assert set(outputs) == {("output", "processing")}


def test_a_webhook_for_output_alone_hears_the_last_words(server, receiver):
    created = ask(server, receiver.url, ["output", "start"], max_new_tokens=40)

    settled(server, created)

    first, *outputs = heard(receiver, server, created)
    assert first == ("start", "processing")
    assert outputs[-1] == ("output", "succeeded")
    assert receiver.messages[-1].prediction == server.prediction(created["id"])


def test_words_are_told_at_most_each_half_second_and_grow(server, receiver):
    created = ask(server, receiver.url, ["output"], max_new_tokens=80)

    settled(server, created)

    gaps = [b.at - a.at for a, b in itertools.pairwise(receiver.messages)]
    outputs = [each.prediction["output"] for each in receiver.messages]
    final = server.prediction(created["id"])["output"]
    assert len(outputs) >= 3
    assert min(gaps) >= 0.5
    # The last one tells of the end, with or without new words.
    assert all(len(a) < len(b) for a, b in itertools.pairwise(outputs[:-1]))
    assert all(final[: len(output)] == output for output in outputs)
    assert outputs[-1] == final


def test_words_are_told_each_half_second_though_the_writer_is_busy(make_server, receiver):
    server = make_server(WEBHOOK_ALLOW_PRIVATE="true")
    with busy_writer(server):
        created = ask(server, receiver.url, ["output"], max_new_tokens=120)
        server.ended(created["id"])

    gaps = [b.at - a.at for a, b in itertools.pairwise(receiver.messages)]
    assert max(gaps) < 0.95


def test_nothing_is_told_while_nothing_is_said(make_server, receiver):
    server = make_server(WEBHOOK_ALLOW_PRIVATE="true", DEMO_WORDS_PER_SECOND="0.8")
    created = ask(server, receiver.url, ["output"], max_new_tokens=2)

    settled(server, created)

    assert [len(each.prediction["output"]) for each in receiver.messages] in ([1, 2], [1, 2, 2])


def test_logs_are_told_as_they_come(server, receiver, openai_server):
    server.manage("upstream", "add", "openai", openai_server.url, "--name", "thinker")
    created = ask(server, receiver.url, ["logs"], version="thinker/reasoning")

    settled(server, created)

    assert {event for event, _ in heard(receiver, server, created)} == {"logs"}
    assert receiver.messages[-1].prediction["logs"] == "Let me think."


@pytest.mark.parametrize("input", [{}, {"fail_after": 3}])
def test_a_message_is_the_prediction_as_get_gives_it(server, receiver, input):
    created = ask(server, receiver.url, ["start", "completed"], **input)

    settled(server, created)
    start, completed = (each.prediction for each in receiver.messages)

    stored = server.prediction(created["id"])
    assert completed == stored
    assert completed["status"] == ("failed" if input else "succeeded")
    assert start == stored | {
        name: start[name]
        for name in ("status", "output", "error", "logs", "completed_at", "metrics")
    }


def test_the_webhook_is_told_again_in_the_prediction(server, receiver):
    created = ask(server, receiver.url, ["completed"])

    assert created["webhook"] == receiver.url
    assert created["webhook_events_filter"] == ["completed"]
    assert "webhook" not in server.create(max_new_tokens=1)


def test_the_old_webhook_completed_still_works(server, receiver):
    body = {"version": STORY, "input": {"prompt": "x"}, "webhook_completed": receiver.url}
    created = server.post("/v1/predictions", body).json()

    settled(server, created)

    assert heard(receiver, server, created) == [("completed", "succeeded")]


def test_a_canceled_prediction_is_completed_too(server, receiver):
    created = ask(server, receiver.url, ["completed"], max_new_tokens=1000)

    server.post(f"/v1/predictions/{created['id']}/cancel")
    settled(server, created)

    assert heard(receiver, server, created) == [("completed", "canceled")]


def test_a_message_is_a_signed_post_of_json_and_its_query_is_kept(server, receiver):
    created = ask(server, receiver.url, ["completed"])

    settled(server, created)
    message = receiver.messages[0]

    assert message.path == "/hook?key=a%2Fb"
    assert message.headers["content-type"] == "application/json"
    assert re.fullmatch(r"msg_[a-z2-7]{26}", message.id)
    assert "cookie" not in message.headers
    assert len(verify(message, secret(server))) == 1


def test_the_secret_has_a_form_that_both_official_clients_read(server):
    key = secret(server)

    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{32}", key)
    assert secret(server) == key
    assert httpx.get(f"{server.url}/v1/webhooks/default/secret").status_code == 401


def test_after_a_rotation_both_secrets_verify(server, receiver):
    old = secret(server)
    server.shell(
        "from predictions.models import WebhookSecret as S; S.rotate(S.objects.first().owner)",
    )
    created = ask(server, receiver.url, ["completed"])

    settled(server, created)
    new = secret(server)

    assert new != old
    assert len(verify(receiver.messages[0], new)) == 2
    assert len(verify(receiver.messages[0], old)) == 2


def test_a_message_leaves_at_once(server, receiver):
    created = ask(server, receiver.url, ["completed"], max_new_tokens=1)

    wait_until(lambda: server.prediction(created["id"])["completed_at"], 10)
    ended = time.monotonic()
    settled(server, created)

    assert receiver.messages[0].at - ended < 0.5


@pytest.mark.parametrize(
    ("webhook", "sentence"),
    [
        ("ftp://example.org/", "http or https"),
        ("http://user:password@example.org/", "password"),
        ("", "http or https"),
        (7, "string"),
    ],
)
def test_a_bad_webhook_is_a_complaint_about_its_field(server, webhook, sentence):
    body = {"version": STORY, "input": {"prompt": "x"}, "webhook": webhook}
    response = server.post("/v1/predictions", body)

    assert response.status_code == 422
    (complaint,) = response.json()["invalid_fields"]
    assert complaint["field"] == "webhook"
    assert sentence in complaint["description"]


def test_an_unknown_event_is_refused(server, receiver):
    body = {"version": STORY, "input": {"prompt": "x"}, "webhook": receiver.url}
    response = server.post("/v1/predictions", body | {"webhook_events_filter": ["done"]})

    assert response.status_code == 422
    assert response.json()["invalid_fields"][0]["field"] == "webhook_events_filter.0"


def test_a_private_address_is_refused_unless_the_setting_allows_it(make_server, receiver):
    server = make_server()
    body = {"version": STORY, "input": {"prompt": "x"}, "webhook": receiver.url}

    response = server.post("/v1/predictions", body)

    assert response.status_code == 422
    assert json.loads(response.text)["invalid_fields"] == [
        {
            "type": "format",
            "field": "webhook",
            "description": PRIVATE,
        }
    ]
