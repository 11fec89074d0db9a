"""Each chat protocol through the whole engine: a real Rivulet in front of a real server of it."""

import itertools
import time

import pytest

from tests.conftest import copy_of
from tests.listening import listen, words
from tests.running import RunningServer, wait_until
from tests.servers import AnthropicServer, ChatServer, OllamaServer, OpenAIServer
from tests.servers.answer import READ, WORDS, WRITTEN

SENTENCE = "".join(WORDS)
FIRST_WORD_SECONDS = 1.5


@pytest.fixture(
    scope="module", params=[OpenAIServer, AnthropicServer, OllamaServer], ids=lambda each: each.kind
)
def chat_server(request):
    with request.param() as running:
        yield running


@pytest.fixture(scope="module")
def server(first_run, tmp_path_factory, chat_server) -> RunningServer:
    environment = {"FIRST_WORD_TIMEOUT": str(FIRST_WORD_SECONDS), "BOX_KEY": "sk-very-secret"}
    data_dir = tmp_path_factory.mktemp(chat_server.kind) / "data"
    running = copy_of(first_run, data_dir, environment)
    running.manage(
        "upstream",
        "add",
        chat_server.kind,
        chat_server.url,
        "--name",
        "box",
        "--key-env",
        "BOX_KEY",
    )
    running.start()
    yield running
    running.kill()


def times_asked(chat_server: ChatServer, model: str) -> int:
    return sum(request["model"] == model for request in chat_server.stats["requests"])


def create(server: RunningServer, model: str) -> dict:
    body = {"version": f"box/{model}", "input": {"prompt": "Hi"}}
    return server.post("/v1/predictions", body).json()


def test_words_are_streamed_as_they_come_and_stored_with_their_tokens(server):
    created = create(server, "slow")

    heard = list(listen(created["urls"]["stream"]))
    stored = server.ended(created["id"])

    said = [event for event in heard if event.event == "output"]
    assert "".join(words(heard)) == "".join(stored["output"]) == SENTENCE
    assert all(0.1 < later.at - earlier.at < 1 for earlier, later in itertools.pairwise(said))
    assert (stored["status"], heard[-1].event) == ("succeeded", "done")
    assert stored["metrics"]["input_token_count"] == READ
    assert stored["metrics"]["output_token_count"] == WRITTEN


def test_thoughts_are_the_predictions_logs(server):
    ended = server.ended(create(server, "reasoning")["id"])

    assert (ended["logs"], "".join(ended["output"])) == ("Let me think.", "Yes.")


def test_half_an_emoji_is_made_whole(server):
    ended = server.ended(create(server, "half-emoji")["id"])

    assert "".join(ended["output"]) == "A 🦙 and a lone \ufffd one"


def test_a_stream_of_nothing_but_pings_is_given_up(server):
    started = time.monotonic()
    created = create(server, "pings-only")

    ended = server.ended(created["id"], seconds=40)

    assert ended["status"] == "failed"
    assert f"silent for {FIRST_WORD_SECONDS:g} seconds" in ended["error"]
    assert time.monotonic() - started > FIRST_WORD_SECONDS


def test_a_busy_server_is_asked_again_when_it_said(server, chat_server):
    started = time.monotonic()

    ended = server.ended(create(server, "429-then-ok")["id"])

    assert ended["status"] == "succeeded"
    assert times_asked(chat_server, "429-then-ok") == 2
    assert time.monotonic() - started > 2.5, "Retry-After was not honoured"


@pytest.mark.parametrize("model", ["cut", "no-end-marker", "error-in-stream"])
def test_an_answer_that_broke_off_is_kept_as_failed_and_never_run_again(server, chat_server, model):
    created = create(server, model)

    heard = list(listen(created["urls"]["stream"]))
    ended = server.ended(created["id"])

    assert ended["status"] == "failed"
    assert SENTENCE.startswith("".join(ended["output"]))
    assert words(heard) == ended["output"] != []
    assert "secret" not in ended["error"]
    assert times_asked(chat_server, model) == 1


def test_a_key_that_a_server_repeats_is_nowhere(server):
    ended = server.ended(create(server, "401")["id"])

    assert ended["error"] == "The model's server refused our key."
    assert "sk-very-secret" not in server.output()
    assert "sk-very-secret" not in server.shell(
        "from predictions.models import Prediction; "
        "print(list(Prediction.objects.values_list('error', 'error_detail')))"
    )


def test_stop_closes_the_connection_to_a_silent_server_within_a_second(server, chat_server):
    created = create(server, "stall")
    wait_until(lambda: len(server.prediction(created["id"])["output"] or []) == 2, 10)

    server.post(f"/v1/predictions/{created['id']}/cancel")
    started = time.monotonic()
    wait_until(lambda: chat_server.stats["open"] == 0, 5)

    assert time.monotonic() - started < 1
    assert server.ended(created["id"])["status"] == "canceled"
