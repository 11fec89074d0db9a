"""Receivers that fail, hang, vanish or are forbidden, and what becomes of their messages."""

import socket
import time
from contextlib import ExitStack

import httpx

from tests.receiver import Receiver
from tests.running import STORY, free_port, wait_until

from .conftest import ask, deliveries, settled


def test_the_end_is_told_again_until_it_is_heard(server):
    with Receiver(500, 404) as receiver:
        created = ask(server, receiver.url, ["completed"])
        (row,) = settled(server, created)

    signatures = {each.headers["webhook-signature"] for each in receiver.messages}
    timestamps = [int(each.headers["webhook-timestamp"]) for each in receiver.messages]
    assert len(receiver.messages) == 3
    assert {each.id for each in receiver.messages} == {row["webhook_id"]}
    assert timestamps[2] > timestamps[1]
    assert len(signatures) >= 2
    assert receiver.messages[2].at - receiver.messages[1].at > 1.2 * 0.9
    assert (row["status"], row["attempts"], row["response_status"]) == ("delivered", 3, 200)
    assert row["error"] == ""


def test_after_the_last_attempt_it_is_given_up(server):
    with Receiver(500, 500, 500) as receiver:
        (row,) = settled(server, ask(server, receiver.url, ["completed"]))

    assert len(receiver.messages) == 3
    assert (row["status"], row["attempts"]) == ("failed", 3)
    assert row["error"] == "The receiver answered 500."


def test_a_receiver_that_is_gone_is_not_asked_again(server):
    with Receiver(410) as receiver:
        (row,) = settled(server, ask(server, receiver.url, ["completed"]))

    assert len(receiver.messages) == 1
    assert (row["status"], row["response_status"]) == ("failed", 410)


def test_a_redirect_is_a_failure_and_not_followed(server):
    with Receiver(307, 302) as receiver:
        (row,) = settled(server, ask(server, receiver.url, ["completed"]))

    assert {each.path for each in receiver.messages} == {"/hook?key=a%2Fb"}
    assert (row["status"], row["attempts"]) == ("delivered", 3)


def test_what_is_not_the_end_is_told_once(server):
    with Receiver(500) as receiver:
        (row,) = settled(server, ask(server, receiver.url, ["start"]))

    assert len(receiver.messages) == 1
    assert (row["status"], row["attempts"]) == ("failed", 1)


def test_a_receiver_that_hangs_has_eight_connections_and_holds_up_nobody_else(server, receiver):
    with Receiver(*[0] * 100, host="127.0.0.2") as tarpit:
        stuck = [ask(server, tarpit.url, ["start"], max_new_tokens=1) for _ in range(12)]
        wait_until(lambda: len(tarpit.messages) == 8, 10)
        created = ask(server, receiver.url, ["completed"], max_new_tokens=1)
        settled(server, created)

        assert len(receiver.messages) == 1
        assert len(tarpit.messages) == 8
    for each in stuck:
        settled(server, each)


def test_an_account_whose_receivers_hang_holds_up_nobody_else(make_server, receiver):
    server = make_server(WEBHOOK_ALLOW_PRIVATE="true")
    with ExitStack() as silent:
        urls = []
        for number in range(20, 30):
            # Connections wait in its queue for ever: there is nobody to accept them.
            listening = socket.create_server((f"127.0.0.{number}", 0), backlog=32)
            silent.enter_context(listening)
            urls.append("http://{}:{}/".format(*listening.getsockname()))
        stuck = [
            ask(server, url, ["completed"], max_new_tokens=1) for url in urls for _ in range(8)
        ]
        for each in stuck:
            server.ended(each["id"])

        body = {"version": STORY, "input": {"prompt": "x", "max_new_tokens": 1}}
        body |= {"webhook": receiver.url, "webhook_events_filter": ["completed"]}
        headers = server.stranger("patient")
        httpx.post(f"{server.url}/v1/predictions", json=body, headers=headers)

        wait_until(lambda: receiver.messages, 5)


def test_the_end_does_not_overtake_the_words(server):
    with Receiver(0, host="127.0.0.3") as slow:
        created = ask(server, slow.url, ["output", "completed"], max_new_tokens=3)
        wait_until(lambda: slow.messages, 10)
        server.ended(created["id"])
        started = time.monotonic()
        wait_until(lambda: time.monotonic() - started > 1.5, 3)  # the courier looks each second

        assert len(slow.messages) == 1
        last = deliveries(server, created)[-1]
        assert (last["event"], last["attempts"]) == ("completed", 0)
    settled(server, created)


def test_kill_9_between_the_end_and_its_telling_loses_nothing(make_server):
    server = make_server(WEBHOOK_ALLOW_PRIVATE="true", WEBHOOK_RETRY_SECONDS="1")
    port = free_port()
    created = ask(server, f"http://127.0.0.1:{port}/hook", ["completed"])
    ended = server.ended(created["id"])
    wait_until(lambda: deliveries(server, created)[0]["error"], 10)

    server.kill()
    with Receiver(port=port) as receiver:
        server.start()
        settled(server, created)

    assert [each.prediction for each in receiver.messages] == [ended]


def test_an_answer_that_was_cut_by_kill_9_is_told_as_failed(make_server, receiver):
    server = make_server(WEBHOOK_ALLOW_PRIVATE="true", LEASE_SECONDS="1")
    created = ask(server, receiver.url, ["completed"], max_new_tokens=1000)
    wait_until(lambda: server.prediction(created["id"])["output"], 10)

    server.kill()
    server.start()
    settled(server, created)

    assert [each.prediction["status"] for each in receiver.messages] == ["failed"]


def test_a_server_that_stops_waits_a_moment_for_the_answer(make_server, receiver):
    server = make_server(WEBHOOK_ALLOW_PRIVATE="true")
    receiver.delay = 0.7
    created = ask(server, receiver.url, ["completed"])
    wait_until(lambda: receiver.messages, 10)

    server.terminate()

    assert deliveries(server, created)[0]["status"] == "delivered"


def test_a_message_can_be_sent_again_whatever_became_of_it(server, receiver):
    created = ask(server, receiver.url, ["start", "completed"])
    settled(server, created)

    server.shell(
        "from predictions.models import WebhookDelivery as D; "
        f"D.objects.filter(prediction='{created['id']}').resend()",
    )
    wait_until(lambda: len(receiver.messages) == 4, 10)
    rows = settled(server, created)

    assert [each.id for each in receiver.messages[:2]] == [row["webhook_id"] for row in rows]
    assert {each.id for each in receiver.messages[2:]} == {row["webhook_id"] for row in rows}
    assert [(row["status"], row["attempts"]) for row in rows] == [("delivered", 2)] * 2


def test_of_a_deleted_prediction_nothing_is_told(server):
    with Receiver(500) as receiver:
        created = ask(server, receiver.url, ["completed"])
        wait_until(lambda: receiver.messages, 10)
        server.shell(
            f"from predictions.models import Prediction as P; P.objects.get(id='{created['id']}')"
            ".delete()",
        )

    assert deliveries(server, created) == []
    assert "Traceback" not in server.output()
