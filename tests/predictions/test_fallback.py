"""Limits of an upstream and its fallback, in real servers: who waits, who answers instead."""

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from predictions import catalogue, claims, runner
from predictions.models import Prediction, Upstream, Version
from predictions.upstreams import FoundModel
from predictions.upstreams.openai import SCHEMA
from tests.listening import listen, words
from tests.predictions.test_runner import UNSPEAKABLE, requests
from tests.running import wait_until
from tests.servers import OpenAIServer, ScriptedServer

SENTENCE = "The quick brown fox jumps over the lazy dog."


@pytest.fixture(scope="module")
def second_server():
    with OpenAIServer() as running:
        yield running


@pytest.fixture(scope="module")
def server(server, openai_server, second_server):
    """It has two upstreams, each the other's fallback."""
    for name, upstream in (("first", openai_server), ("second", second_server)):
        server.manage("upstream", "add", "openai", upstream.url, "--name", name)
    server.shell(
        "from predictions.models import Upstream, Version\n"
        "first, second = (Upstream.objects.get(name=name) for name in ('first', 'second'))\n"
        "first.fallback = second; first.save()\n"
        "second.fallback = first; second.save()\n"
        "Version.objects.filter(upstream=first).update(fallback_model='words')\n"
        "Version.objects.filter(upstream=first, upstream_model='404').update(fallback_model='')\n"
    )
    return server


def stored(server, id: str, field: str) -> str:
    models = "from predictions.models import Prediction"
    return server.shell(f"{models}; print(Prediction.objects.get(id='{id}').{field})").strip()


def let_one_run_at_once(server, name: str) -> None:
    models = "from predictions.models import Upstream"
    server.shell(f"{models}; Upstream.objects.filter(name='{name}').update(max_runs=1)")


@pytest.mark.parametrize("model", ["401", "html-page", "redirect"])
def test_the_fallback_answers_where_the_first_fails_before_a_word(server, second_server, model):
    created = server.create(f"first/{model}")

    heard = list(listen(created["urls"]["stream"]))
    ended = server.ended(created["id"])

    assert ended["status"] == "succeeded"
    assert words(heard) == ended["output"]
    assert "".join(ended["output"]) == SENTENCE
    assert stored(server, created["id"], "upstream") == "second"
    assert stored(server, created["id"], "error_detail").startswith("first: The model's server ")
    assert second_server.last_request["model"] == "words"


def test_with_a_fallback_a_failing_upstream_is_not_waited_for_long(server, openai_server):
    started = time.monotonic()

    ended = server.ended(server.create("first/500")["id"])

    assert ended["status"] == "succeeded"
    assert 1 < requests(openai_server, "500") <= 4
    assert time.monotonic() - started < 12


def test_an_error_that_the_database_cannot_keep_does_not_keep_the_fallback_from_answering(server):
    with ScriptedServer(UNSPEAKABLE) as odd:
        server.manage("upstream", "add", "cog", odd.origin, "--name", "odd", "--fallback", "second")
        server.shell(
            "from predictions.models import Version\n"
            "Version.objects.filter(upstream__name='odd').update(fallback_model='words')"
        )
        ended = server.ended(server.create("odd/predictor")["id"], seconds=20)

    assert "".join(ended["output"]) == SENTENCE


@pytest.mark.parametrize("model", ["cut", "error-in-stream"])
def test_once_a_word_was_seen_no_other_upstream_goes_on(server, second_server, model):
    before = len(second_server.stats["requests"])

    ended = server.ended(server.create(f"first/{model}")["id"])

    assert ended["status"] == "failed"
    assert len(second_server.stats["requests"]) == before
    assert stored(server, ended["id"], "upstream") == "first"


def test_a_fallback_that_fails_as_well_is_the_end(server, openai_server, second_server):
    ended = server.ended(server.create("first/404")["id"])

    assert ended["status"] == "failed"
    assert ended["error"] == "The model's server does not know this model."
    assert requests(openai_server, "404") == requests(second_server, "404") == 1
    first, second = stored(server, ended["id"], "error_detail").splitlines()
    assert first.startswith("first: The model's server does not know this model. HTTP 404: ")
    assert second.startswith("HTTP 404: ")


def test_what_the_upstream_said_is_kept_for_operators_only(server):
    ended = server.ended(server.create("second/401")["id"])

    detail = stored(server, ended["id"], "error_detail")

    assert "HTTP 401: " in detail
    assert "HTTP 401" not in str(ended)


def test_more_runs_than_an_upstream_takes_wait_their_turn_in_line(server, second_server):
    let_one_run_at_once(server, "second")
    created = [server.create("second/slow")["id"] for _ in range(3)]

    wait_until(lambda: server.prediction(created[0])["status"] == "processing", 5)
    waiting = [server.prediction(id) for id in created[1:]]
    most_at_once = 0

    def all_ended() -> bool:
        nonlocal most_at_once
        most_at_once = max(most_at_once, second_server.stats["open"])
        return all(server.prediction(id)["completed_at"] for id in created)

    wait_until(all_ended, 30)
    ended = [server.prediction(id) for id in created]

    assert [each["status"] for each in waiting] == ["starting", "starting"]
    assert [each["queue_position"] for each in waiting] == [1, 2]
    assert "queue_position" not in ended[0]
    assert [each["status"] for each in ended] == ["succeeded"] * 3
    assert most_at_once == 1
    assert sorted(each["started_at"] for each in ended) == [each["started_at"] for each in ended]


def test_one_that_waits_in_line_can_be_canceled(server):
    let_one_run_at_once(server, "second")
    running, waiting = (server.create("second/slow")["id"] for _ in range(2))
    wait_until(lambda: server.prediction(running)["status"] == "processing", 5)

    server.post(f"/v1/predictions/{waiting}/cancel")
    canceled = server.ended(waiting, seconds=2)

    assert canceled["status"] == "canceled"
    assert server.prediction(running)["status"] == "processing"


@pytest.mark.django_db(transaction=True)
def test_a_run_whose_upstream_was_deleted_still_finds_the_fallback():
    first = Upstream.objects.create(name="first", kind="openai", base_url="http://127.0.0.1:9/v1")
    catalogue.install()
    first.fallback = Upstream.objects.get(name="demo")
    first.save()
    catalogue.sync(first, [FoundModel("m", SCHEMA)])
    Version.objects.get(upstream=first).predict({"prompt": "x"})
    Prediction.objects.update(upstream=None)

    [taken] = claims.claim("me", 1, (), orphans=True)

    with CaptureQueriesContext(connection) as queries:
        assert runner.Run(taken, None)._fallback().name == "demo"
    assert not queries, "the event loop must not ask the database"
