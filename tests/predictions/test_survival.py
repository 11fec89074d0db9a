"""What happens to an answer when the server is killed, paused, stopped or doubled under it."""

import time

import pytest

from tests.listening import listen, words
from tests.running import wait_until


def hear(url: str, count: int) -> list:
    """The first `count` events of a running stream."""
    stream = listen(url)
    heard = [next(stream) for _ in range(count)]
    stream.close()
    return heard


def test_kill_9_in_mid_answer_keeps_what_was_shown_and_closes_it_within_15_s(make_server):
    server = make_server()
    created = server.create(max_new_tokens=1000)
    shown = hear(created["urls"]["stream"], 12)

    server.kill()
    killed = time.monotonic()
    server.start()
    ended = server.ended(created["id"], seconds=20)

    assert time.monotonic() - killed < 15
    assert ended["status"] == "failed"
    assert "interrupted" in ended["error"]
    assert ended["output"][:12] == words(shown)
    rest = list(listen(created["urls"]["stream"], shown[-1].id))
    assert words(shown) + words(rest) == ended["output"]
    assert [event.event for event in rest][-2:] == ["error", "done"]
    assert rest[-1].data == '{"reason": "error"}'


def test_a_server_that_died_leaves_a_working_one_behind(make_server):
    server = make_server()
    server.create()
    time.sleep(0.05)
    server.kill()
    server.start()

    assert server.ended(server.create(max_new_tokens=5)["id"])["status"] == "succeeded"


def test_an_answer_of_which_nobody_saw_a_word_is_run_again(make_server):
    server = make_server(DEMO_WORDS_PER_SECOND="0.5", LEASE_SECONDS="1")
    created = server.create(max_new_tokens=2)
    wait_until(lambda: server.prediction(created["id"])["status"] == "processing", 5)

    server.kill()
    server.start()
    ended = server.ended(created["id"])

    assert ended["status"] == "succeeded"
    assert len(ended["output"]) == 2


def test_a_paused_and_revived_runner_writes_nothing(make_server):
    first = make_server(LEASE_SECONDS="1", DEMO_WORDS_PER_SECOND="10")
    second = make_server(LEASE_SECONDS="1")
    created = first.create()
    shown = hear(created["urls"]["stream"], 5)

    first.pause()
    ended = second.ended(created["id"], seconds=10)
    first.revive()
    wait_until(lambda: "taken over" in first.output(), seconds=10)
    time.sleep(0.05)

    assert ended["status"] == "failed"
    assert ended["output"][:5] == words(shown)
    assert second.prediction(created["id"]) == ended
    assert words(list(listen(second.url + path_of(created)))) == ended["output"]


def test_a_reader_at_another_server_hears_the_same(make_server):
    first, second = make_server(), make_server()
    created = first.create()

    heard = list(listen(second.url + path_of(created)))

    assert words(heard) == first.ended(created["id"])["output"]
    assert heard[-1].at - heard[0].at > 0.5, "it came in one lump"


def test_ctrl_c_ends_a_shown_answer_as_interrupted_at_once(make_server):
    server = make_server()
    created = server.create()
    hear(created["urls"]["stream"], 5)

    server.terminate()
    server.start()
    stored = server.prediction(created["id"])

    assert stored["status"] == "failed"
    assert "interrupted" in stored["error"]


@pytest.mark.parametrize("where", ["here", "at another server"])
def test_cancel_is_exact_and_works_from_anywhere(make_server, where):
    server = make_server(DEMO_WORDS_PER_SECOND="10")
    other = server if where == "here" else make_server()
    created = server.create()
    stream = listen(created["urls"]["stream"])
    heard = [next(stream) for _ in range(10)]

    asked = time.monotonic()
    response = other.post(f"/v1/predictions/{created['id']}/cancel")
    heard += list(stream)

    assert response.status_code == 200
    assert heard[-1].event == "done"
    assert heard[-1].data == '{"reason": "canceled"}'
    assert heard[-1].at - asked < 1
    stored = server.ended(created["id"])
    assert stored["status"] == "canceled"
    assert stored["output"] == words(heard)
    assert other.post(f"/v1/predictions/{created['id']}/cancel").json()["status"] == "canceled"


def test_a_prediction_can_be_canceled_while_it_waits_for_its_turn(make_server):
    server = make_server(RUN_CAPACITY="1")
    server.create()
    waiting = server.create()

    server.post(f"/v1/predictions/{waiting['id']}/cancel")
    ended = server.ended(waiting["id"], seconds=2)

    assert ended["status"] == "canceled"
    assert ended["output"] is None


def test_a_burst_of_cancels_beyond_the_capacity_leaves_the_worker_at_work(make_server):
    server = make_server(RUN_CAPACITY="1")
    created = [server.create(max_new_tokens=1000) for _ in range(5)]

    for each in created:
        server.post(f"/v1/predictions/{each['id']}/cancel")

    assert {server.ended(each["id"], seconds=5)["status"] for each in created} == {"canceled"}
    assert server.ended(server.create(max_new_tokens=2)["id"])["status"] == "succeeded"
    assert "Traceback" not in server.output()


def test_more_predictions_than_capacity_wait_their_turn_and_all_end(make_server):
    server = make_server(RUN_CAPACITY="2")
    created = [server.create(max_new_tokens=5) for _ in range(6)]

    assert {server.ended(each["id"])["status"] for each in created} == {"succeeded"}


def path_of(created: dict) -> str:
    return "/v1/streams/" + created["urls"]["stream"].rpartition("/")[2]
