"""A run's life against a real OpenAI-compatible server that misbehaves: laws 6, 7 and 8."""

import asyncio
import itertools
import json
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from predictions import catalogue, claims, events, runner
from predictions.models import Version
from tests.conftest import copy_of
from tests.listening import listen, words
from tests.running import wait_until
from tests.servers import OpenAIServer, ScriptedServer
from tests.upstreams.cog_servers import bare


@pytest.fixture(scope="module")
def server(server, openai_server):
    server.manage("upstream", "add", "openai", openai_server.url, "--name", "test")
    return server


@pytest.fixture(scope="module")
def impatient_server(first_run, tmp_path_factory, openai_server):
    limits = {"GAP_TIMEOUT": "0.5", "MAX_OUTPUT_BYTES": "2048"}
    server = copy_of(first_run, tmp_path_factory.mktemp("impatient") / "data", limits)
    server.manage("upstream", "add", "openai", openai_server.url, "--name", "test")
    server.start()
    yield server
    server.kill()


def requests(openai_server, model: str) -> int:
    return sum(request["model"] == model for request in openai_server.stats["requests"])


def test_a_real_model_servers_words_are_streamed_one_by_one_and_stored(server):
    created = server.create("test/slow")

    heard = [event for event in listen(created["urls"]["stream"])]
    stored = server.ended(created["id"])

    said = [event for event in heard if event.event == "output"]
    assert words(heard) == stored["output"]
    assert "".join(stored["output"]) == "The quick brown fox jumps over the lazy dog."
    assert all(0.15 < b.at - a.at < 0.6 for a, b in itertools.pairwise(said))


def test_token_counts_are_stored_where_the_upstream_tells(server):
    created = server.create("test/words")

    metrics = server.ended(created["id"])["metrics"]

    assert metrics["input_token_count"] == 7
    assert metrics["output_token_count"] == 10


def test_predictions_of_a_model_with_one_slot_take_turns(server):
    with bare("slow.py", "Runner") as cog:
        server.manage("upstream", "add", "cog", cog.url, "--name", "one-slot")
        body = {"version": "one-slot/predictor", "input": {"count": 12, "wait": 0.3}}
        created = [server.post("/v1/predictions", body).json() for _ in range(2)]

        ended = [server.ended(each["id"]) for each in created]

    assert [each["status"] for each in ended] == ["succeeded"] * 2
    assert [len(each["output"]) for each in ended] == [13, 13]


def test_a_token_count_that_is_none_is_left_out(server):
    ended = server.ended(server.create("test/odd-usage")["id"], seconds=5)

    assert ended["status"] == "succeeded"
    assert ended["metrics"]["output_token_count"] == 10
    assert "input_token_count" not in ended["metrics"]


def test_what_a_broken_try_left_half_said_is_forgotten(server):
    ended = server.ended(server.create("test/half-then-ok")["id"])

    assert "".join(ended["output"]) == "The quick brown fox jumps over the lazy dog."


def test_a_busy_upstream_is_asked_again_while_nobody_saw_a_word(server, openai_server):
    created = server.create("test/429-then-ok")
    started = time.monotonic()

    ended = server.ended(created["id"])

    assert ended["status"] == "succeeded"
    assert requests(openai_server, "429-then-ok") == 2
    assert time.monotonic() - started > 2.5, "Retry-After was not honoured"


@pytest.mark.parametrize("model", ["cut", "no-end-marker"])
def test_an_answer_without_its_end_marker_failed_and_is_never_run_again(
    server, openai_server, model
):
    created = server.create(f"test/{model}")

    heard = list(listen(created["urls"]["stream"]))
    ended = server.ended(created["id"])

    assert ended["status"] == "failed"
    assert "".join(ended["output"]) == "The quick brown fox"
    assert [event.event for event in heard[-2:]] == ["error", "done"]
    assert ended["error"] in heard[-2].data
    assert requests(openai_server, model) == 1


@pytest.mark.parametrize("model", ["401", "404", "error-in-stream", "html-page"])
def test_an_upstreams_own_words_about_its_failure_are_not_shown(server, model):
    created = server.create(f"test/{model}")

    ended = server.ended(created["id"])

    assert ended["status"] == "failed"
    assert ended["error"].endswith(".")
    assert "secret" not in ended["error"]
    assert "<html" not in ended["error"]


def test_a_silent_upstream_is_given_up_after_its_deadline(impatient_server):
    server = impatient_server
    created = server.create("test/stall")

    ended = server.ended(created["id"], seconds=10)

    assert ended["status"] == "failed"
    assert "silent for 0.5 seconds" in ended["error"]
    assert "".join(ended["output"]) == "The quick"


def test_an_upstream_that_is_gone_fails_with_a_sentence(server):
    with OpenAIServer() as gone:
        server.manage("upstream", "add", "openai", gone.url, "--name", "gone")

    ended = server.ended(server.create("gone/words")["id"], seconds=40)

    assert ended["status"] == "failed"
    assert "reached" in ended["error"]


def test_stop_closes_the_upstream_within_a_second_though_it_is_silent(server, openai_server):
    created = server.create("test/stall")
    wait_until(lambda: len(server.prediction(created["id"])["output"] or []) == 2, 5)

    asked = time.monotonic()
    server.post(f"/v1/predictions/{created['id']}/cancel")
    wait_until(lambda: openai_server.stats["open"] == 0, 5)

    assert time.monotonic() - asked < 1
    assert server.ended(created["id"])["status"] == "canceled"
    assert "".join(server.prediction(created["id"])["output"]) == "The quick"


def test_a_run_goes_on_when_every_reader_leaves(server, openai_server):
    left = openai_server.stats["left"]
    created = server.create("test/slow")
    stream = listen(created["urls"]["stream"])
    next(stream)
    stream.close()

    ended = server.ended(created["id"])

    assert ended["status"] == "succeeded"
    assert openai_server.stats["left"] == left


def test_an_endless_answer_is_stopped_at_the_limit_and_kept(impatient_server):
    server = impatient_server
    created = server.create("test/burst")

    ended = server.ended(created["id"])

    assert ended["status"] == "failed"
    assert "grew past" in ended["error"]
    assert 100 < len("".join(ended["output"])) <= 2048


def test_a_burst_arrives_whole_and_in_order(server):
    created = server.create("test/burst")

    heard = words(list(listen(created["urls"]["stream"])))

    assert "".join(heard) == "The quick brown fox jumps over the lazy dog." * 100
    assert heard == server.ended(created["id"])["output"]


def test_half_an_emoji_is_made_whole_on_its_way(server):
    created = server.create("test/half-emoji")

    assert "".join(server.ended(created["id"])["output"]) == "A 🦙 and a lone \ufffd one"


def test_thoughts_are_logs_and_not_words(server):
    created = server.create("test/reasoning")

    ended = server.ended(created["id"])

    assert ended["logs"] == "Let me think."
    assert ended["output"] == ["Yes."]


class Endings(list):
    """In the writer's place: keeps the endings that it is given."""

    async def end(self, claim: events.Claim, ending: events.Ending) -> None:
        self.append(ending.status)


@pytest.mark.parametrize(("times", "status"), [(1, "aborted"), (2, "canceled")])
def test_only_what_never_started_is_aborted_by_its_deadline(db, times, status):
    catalogue.install()
    version = Version.objects.get(model__name="demo")
    version.predict({"prompt": "x"}, deadline=timezone.now() - timedelta(seconds=1))
    for _ in range(times - 1):
        (claimed,) = claims.claim("first", 1, (), orphans=True)
        claims.release(claimed.id, claimed.epoch)
    (late,) = claims.claim("last", 1, (), orphans=True)
    endings = Endings()

    asyncio.run(runner.Run(late, endings).live())

    assert endings == [status]


# A Cog server whose runs fail with words that no database keeps: a NUL and half an emoji.
COMPLETED = json.dumps({"status": "failed", "error": "\0 and \ud83e"})
UNSPEAKABLE = {
    "GET /openapi.json": {
        "body": json.dumps(
            {"components": {}, "paths": {"/predictions": {"post": {"x-cog-streaming": True}}}}
        )
    },
    "POST /predictions": {
        "body": f"event: completed\ndata: {COMPLETED}\n\n",
        "type": "text/event-stream",
    },
}


def test_an_error_that_the_database_cannot_keep_ends_the_run_at_once(server):
    with ScriptedServer(UNSPEAKABLE) as odd:
        server.manage("upstream", "add", "cog", odd.origin, "--name", "odd")
        ended = server.ended(server.create("odd/predictor")["id"], seconds=20)
        asked = [each for each in odd.seen if each["method"] == "POST"]

    assert ended["error"] == "The model failed while it was running."
    assert len(asked) == 1
