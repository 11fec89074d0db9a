"""Two real servers: the models of the first are those of the second's upstream."""

import time
from contextlib import ExitStack

import httpx
import pytest

from predictions.sse import Decoder
from tests.conftest import copy_of
from tests.cutting import cutting_proxy
from tests.running import STORY, wait_until

LLAMA = {
    "2c1608e18606fad2812020dc541930f2d0495ce32eee50074220b87300bc16e1",
    STORY,
}


@pytest.fixture
def chain(first_run, tmp_path):
    """A function that starts both. The second asks the first, where it is given `cuts` through a
    proxy that takes from there, connection by connection, after how many bytes to cut."""
    with ExitStack() as stack:

        def start(cuts: list[int] | None = None, **environment: str):
            first = copy_of(first_run, tmp_path / "first", environment)
            first.start()
            stack.callback(first.kill)
            port = int(first.environment["PORT"])
            if cuts is not None:
                port = stack.enter_context(cutting_proxy(port, taken(cuts), hurry=b""))
            second = copy_of(first_run, tmp_path / "second", {"FIRST_TOKEN": first.token})
            url = f"http://127.0.0.1:{port}/v1"
            second.manage("upstream", "add", "replicate", url, "--key-env", "FIRST_TOKEN")
            second.start()
            stack.callback(second.kill)
            return first, second

        yield start


def taken(cuts: list[int]):
    while True:
        yield cuts.pop(0) if cuts else None


def events_of(prediction: dict) -> list[tuple[str, str]]:
    body = httpx.get(prediction["urls"]["stream"], timeout=60).content
    return [(event.event, event.data) for event in Decoder().feed(body)]


def test_the_same_prompt_gives_the_same_output_event_by_event(chain):
    first, second = chain()

    here = first.create(max_new_tokens=400)
    there = second.create(max_new_tokens=400)

    assert events_of(there) == events_of(here)
    ended = second.ended(there["id"])
    assert ended["output"] == first.ended(here["id"])["output"]
    assert (ended["status"], len(first.get("/v1/predictions").json()["results"])) == (
        "succeeded",
        2,
    )
    counts = ("input_token_count", "output_token_count")
    original = first.prediction(here["id"])["metrics"]
    assert [ended["metrics"][name] for name in counts] == [original[name] for name in counts]


def test_the_models_of_the_first_are_there_with_their_versions_and_schemas(chain):
    first, second = chain()

    versions = "/v1/models/meta/llama-2-70b-chat/versions"
    here, there = (server.get(versions).json()["results"] for server in (first, second))
    description = second.get("/v1/models/meta/llama-2-70b-chat").json()["description"]
    second.terminate()
    second.start()

    assert {version["id"] for version in there} == LLAMA
    assert there == here
    assert description == first.get("/v1/models/meta/llama-2-70b-chat").json()["description"]
    assert second.get(versions).json()["results"] == here
    assert (
        second.shell(
            "from predictions.models import Version; "
            "print(sorted(set(Version.objects.values_list('upstream__kind', flat=True))))"
        )
        == "['demo', 'replicate']\n"
    )


def test_a_connection_cut_in_the_middle_is_resumed(chain):
    cuts: list[int] = []
    first, second = chain(cuts, DEMO_WORDS_PER_SECOND="100")
    # In the creation's answer, then in the event stream, then wherever that comes to be.
    cuts += [500, 4000, 1500, 3000, 2500, 4500]

    there = second.create(max_new_tokens=200)
    heard = events_of(there)

    ended = second.ended(there["id"])
    assert (ended["status"], ended["error"], cuts) == ("succeeded", None, [])
    (original,) = first.get("/v1/predictions").json()["results"]
    assert "".join(ended["output"]) == "".join(original["output"])
    assert "".join(data for kind, data in heard if kind == "output") == "".join(original["output"])


def test_a_cancel_passes_on(chain):
    first, second = chain(DEMO_WORDS_PER_SECOND="5")
    there = second.create(max_new_tokens=400)
    wait_until(lambda: second.prediction(there["id"])["output"], 20)

    start = time.monotonic()
    second.post(f"/v1/predictions/{there['id']}/cancel")
    (original,) = first.get("/v1/predictions").json()["results"]
    wait_until(lambda: first.prediction(original["id"])["status"] == "canceled", 5)

    assert time.monotonic() - start < 5
    assert second.ended(there["id"])["status"] == "canceled"


def test_a_first_that_dies_ends_the_seconds_answer_as_failed_with_what_was_said(chain):
    first, second = chain(DEMO_WORDS_PER_SECOND="20")
    whole = second.ended(second.create(max_new_tokens=60)["id"])["output"]
    there = second.create(max_new_tokens=60)
    wait_until(lambda: second.prediction(there["id"])["output"], 20)

    first.kill()
    ended = second.ended(there["id"], 60)

    assert (ended["status"], ended["error"]) == (
        "failed",
        "The answer was cut off before its end.",
    )
    assert ended["output"] == whole[: len(ended["output"])]
    assert 0 < len(ended["output"]) < len(whole)
