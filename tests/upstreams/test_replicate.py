import asyncio
import contextlib
import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from predictions.upstreams import Interrupted, Usage, Waiting, open_upstream, replicate_run
from predictions.upstreams.replicate_api import Api
from predictions.upstreams.replicate_words import Words
from tests.running import free_port

from .listening import Heard, hear, listen, until

WORDS = ["Once", " upon", " a\ntime", " 🌊", " Once", " there."]
SENTENCE = "".join(WORDS)
VERSION = "ab" * 32
MODEL = f"meta/model-1:{VERSION}"
AT_ONCE = 24


class ReplicateServer:
    """`replicate_server.py` under test."""

    def __enter__(self) -> "ReplicateServer":
        program = Path(__file__).parent.with_name("servers") / "replicate_server.py"
        self._process = subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE)
        self.origin = f"http://127.0.0.1:{int(self._process.stdout.readline())}"
        self.url = f"{self.origin}/v1"
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._process.stdout.close()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def hear(self, key: str = "", model: str = MODEL, **plan: object):
        return hear("replicate", self.url, model, {"prompt": "Hi", "plan": plan}, key)

    @property
    def seen(self) -> dict:
        with urllib.request.urlopen(f"{self.origin}/_seen") as response:
            return json.load(response)

    def requests(self, method: str, path: str = "") -> list[dict]:
        rows = self.seen["requests"]
        return [row for row in rows if row["method"] == method and path in row["path"]]

    @property
    def cancellations(self) -> list[float]:
        return [at for at in self.seen["predictions"].values() if at]


@pytest.fixture
def remote():
    with ReplicateServer() as server:
        yield server


@pytest.fixture
def _hurried(monkeypatch):
    monkeypatch.setattr(replicate_run, "SILENCE_SECONDS", 0.1)
    monkeypatch.setattr(replicate_run, "IDLE_SECONDS", 0.5)
    monkeypatch.setattr(replicate_run, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(replicate_run, "FIRST_PAUSE", 0.01)


def test_the_words_of_a_stream_come_item_by_item(remote):
    heard = remote.hear(seconds=0.02)

    assert (heard.words, heard.error, heard.usage) == (WORDS, None, Usage(7, 5))
    assert heard.word_times[-1] - heard.word_times[0] > 0.06


def test_a_version_is_run_by_its_id_and_a_model_without_any_by_its_name(remote):
    remote.hear()
    remote.hear(model="meta/model-2")

    paths = [row["path"] for row in remote.requests("POST")]
    assert paths == ["/v1/predictions", "/v1/models/meta/model-2/predictions"]


def test_the_token_goes_with_requests_to_the_servers_own_origin_only(remote):
    remote.hear(key="r8_secret")
    api = Api("http://127.0.0.1:9/v1", {"Authorization": "Bearer r8_secret"})

    async def elsewhere() -> None:
        created = await open_api(remote).create("predictions", {"input": {}}, "p9")
        async with contextlib.aclosing(api.events(created["urls"]["stream"], "")) as events:
            await anext(events)

    asyncio.run(elsewhere())

    sent = [row["headers"].get("authorization") for row in remote.seen["requests"]]
    assert set(sent[:3]) == {"Bearer r8_secret"}
    assert sent[-1] is None


def open_api(remote) -> Api:
    return Api(remote.url, {})


@pytest.mark.usefixtures("_hurried")
@pytest.mark.parametrize("fault", ["cut", "reset", "split", "stall"])
@pytest.mark.parametrize("stream", ["resume", "replay", "no-ids", "sparse-ids"])
def test_broken_at_any_byte_a_stream_is_resumed_without_a_lost_or_doubled_word(
    remote, stream, fault
):
    length = len(whole_stream(remote, stream))
    step = 7 if fault == "stall" else 1
    positions = [*range(0, length + 1, step), length]
    plans = [{"stream": stream, "connections": [[fault, n], [fault, n // 2]]} for n in positions]

    for plan, heard in zip(plans, hear_all(remote, plans), strict=True):
        assert (heard.text, heard.error) == (SENTENCE, None), plan
        assert not any(isinstance(item, Waiting) for item in heard.items)


@pytest.mark.usefixtures("_hurried")
def test_a_stream_that_polling_was_ahead_of_is_read_on(remote):
    heard = remote.hear(connections=[["stall", 0], ["cut", 60]])

    assert (heard.text, heard.error) == (SENTENCE, None)
    assert len(remote.requests("GET", "/streams/")) == 3


@pytest.mark.usefixtures("_hurried")
def test_a_replay_under_new_ids_doubles_nothing(remote):
    length = len(whole_stream(remote, "fresh-ids"))
    again = {"stream": "fresh-ids", "items": ["", *WORDS]}  # one that says nothing comes first
    plans = [again | {"connections": [["cut", n]]} for n in range(length)]

    for plan, heard in zip(plans, hear_all(remote, plans), strict=True):
        assert (heard.text, heard.error) == (SENTENCE, None), plan


@pytest.mark.parametrize("piece", ["On", "Once", "Once upon"])
def test_a_text_that_begins_anew_is_known_however_it_is_cut(piece):
    words = Words()
    words.from_stream("Once")

    assert words.begins_with(piece)
    assert not words.begins_with(" upon")


def whole_stream(remote, stream: str) -> bytes:
    created = asyncio.run(
        open_api(remote).create("predictions", {"input": {"plan": {"stream": stream}}}, stream)
    )
    with urllib.request.urlopen(created["urls"]["stream"]) as response:
        return response.read()


def hear_all(remote, plans: list[dict]) -> list:
    async def hear_one(number: int, plan: dict, turns: asyncio.Semaphore):
        heard = Heard()
        async with turns:
            async with asyncio.timeout(60):
                upstream = open_upstream("replicate", remote.url)
                input = {"prompt": "Hi", "plan": plan}
                await listen(upstream, MODEL, input, f"p{number}", heard)
        return heard

    async def hear_each() -> list:
        turns = asyncio.Semaphore(AT_ONCE)
        return await asyncio.gather(*(hear_one(n, plan, turns) for n, plan in enumerate(plans)))

    return asyncio.run(hear_each())


@pytest.mark.usefixtures("_hurried")
@pytest.mark.parametrize("stream", ["none", "html", "404", "503"])
def test_without_a_stream_the_words_are_polled(remote, stream):
    heard = remote.hear(stream=stream)

    assert (heard.words, heard.error) == (WORDS, None)
    assert len(remote.requests("GET", "/streams/")) == (stream != "none")


@pytest.mark.usefixtures("_hurried")
def test_a_done_that_comes_early_is_not_the_end(remote):
    heard = remote.hear(late=5)

    assert (heard.text, heard.error) == (SENTENCE, None)
    assert len(remote.requests("GET", "/predictions/")) == 6


def test_what_the_stream_left_out_is_taken_from_the_polled_output(remote):
    heard = remote.hear(kept=[*WORDS, " The", " end."])

    assert (heard.words, heard.error) == ([*WORDS, " The", " end."], None)


@pytest.mark.parametrize("kept", [["Twice", " upon"], WORDS[:3], None])
def test_another_output_at_the_end_is_an_honest_failure(remote, kept):
    heard = remote.hear(kept=kept)

    assert heard.error.message.startswith("The answer as it came is not the one")
    assert heard.words == WORDS


@pytest.mark.parametrize("stream", ["resume", "none"])
def test_items_that_are_no_text_are_told_as_json(remote, stream):
    heard = remote.hear(items=["a", {"b": 1}, 2], stream=stream)

    assert (heard.words, heard.error) == (["a", '{"b": 1}', "2"], None)


@pytest.mark.parametrize(
    ("ending", "message"),
    [
        ("failed", "The model failed while it was running."),
        ("canceled", "The prediction was canceled at the model's server."),
        ("aborted", "The prediction was stopped before the model had started."),
    ],
)
def test_another_ending_is_a_sentence_after_all_words(remote, ending, message):
    heard = remote.hear(ending=ending)

    assert (heard.words, heard.error.message) == (WORDS, message)
    assert ("secret" in heard.error.detail) == (ending == "failed")
    assert not heard.error.retryable
    assert not remote.cancellations


@pytest.mark.parametrize(
    ("status", "detail", "message", "retryable"),
    [
        (401, "", "The model's server refused our key.", False),
        (402, "", "The model's server asks for payment first.", False),
        (422, "The input has no prompt", "The model does not take this input.", False),
        (422, "Invalid version", "The model's server does not know this model.", False),
        (429, "", "The model's server is busy. Try again in a moment.", True),
        (500, "", "The model's server failed.", True),
    ],
)
def test_a_refusal_is_a_sentence(remote, status, detail, message, retryable):
    error = remote.hear(creates=[status], detail=detail).error

    assert (error.message, error.retryable) == (message, retryable)
    assert error.retry_after == (3.0 if status == 429 else None)


def test_a_create_whose_answer_was_lost_is_not_made_twice(remote):
    first = remote.hear(creates=["lost"])
    second = remote.hear(creates=["lost"])

    assert first.error.retryable
    assert second.words == WORDS
    keys = {row["headers"]["idempotency-key"] for row in remote.requests("POST")}
    assert len(keys) == 1


def test_what_was_given_up_is_run_anew_at_the_next_try(remote):
    async def leave() -> None:
        run = open_upstream("replicate", remote.url).run(
            MODEL, {"prompt": "Hi", "plan": {}}, prediction_id="p1"
        )
        async with contextlib.aclosing(run):
            await anext(run)

    asyncio.run(leave())
    assert len(remote.cancellations) == 1

    again = remote.hear()
    assert (again.words, again.error) == (WORDS, None)


@pytest.mark.usefixtures("_hurried")
def test_while_it_boots_the_visitor_is_told_so(remote):
    heard = remote.hear(boots=3)

    waits = [item for item in heard.items if isinstance(item, Waiting)]
    assert set(waits) == {Waiting("The model is starting.")}
    assert (heard.words, heard.error) == (WORDS, None)


@pytest.mark.usefixtures("_hurried")
def test_a_boot_that_never_ends_is_told_of_again_and_again_and_can_be_left(remote):
    async def wait_and_leave() -> float:
        plan = {"prompt": "Hi", "plan": {"boots": 10**6}}
        run = open_upstream("replicate", remote.url).run(MODEL, plan, prediction_id="p1")
        async with contextlib.aclosing(run):
            for _ in range(5):
                assert await anext(run) == Waiting("The model is starting.")
        return time.time()

    left = asyncio.run(wait_and_leave())

    assert remote.cancellations[0] - left < 1


@pytest.mark.parametrize("plan", [{"seconds": 0.3}, {"boots": 10**6}, {"slow_create": True}])
def test_a_run_that_is_canceled_is_canceled_there_within_a_second(remote, plan):
    async def cancel() -> None:
        upstream = open_upstream("replicate", remote.url)
        input = {"prompt": "Hi", "plan": plan}
        listening = asyncio.create_task(listen(upstream, MODEL, input))
        assert await until(lambda: remote.requests("POST"), 5)
        listening.cancel()
        start = time.monotonic()
        with contextlib.suppress(asyncio.CancelledError):
            await listening
        assert await until(lambda: remote.cancellations)
        assert time.monotonic() - start < 1

    asyncio.run(cancel())


@pytest.mark.usefixtures("_hurried")
def test_a_server_that_goes_away_for_good_is_an_interruption(remote, monkeypatch):
    monkeypatch.setattr(replicate_run, "GONE_SECONDS", 0.3)

    async def lose() -> object:
        upstream = open_upstream("replicate", remote.url)
        heard = Heard()
        input = {"prompt": "Hi", "plan": {"seconds": 0.05}}
        listening = asyncio.create_task(listen(upstream, MODEL, input, heard=heard))
        assert await until(lambda: heard.words, 5)
        remote.kill()
        return await asyncio.wait_for(listening, 20)

    heard = asyncio.run(lose())

    assert isinstance(heard.error, Interrupted)
    assert SENTENCE.startswith(heard.text)


def test_a_server_that_is_not_there_is_worth_another_try():
    error = hear("replicate", f"http://127.0.0.1:{free_port()}/v1", MODEL).error

    assert (error.message, error.retryable) == ("The model's server could not be reached.", True)


@pytest.mark.parametrize("name", ["llama", "../secrets", "a/b:c", "a/b/c", "a/..", ""])
def test_a_name_that_cannot_be_one_is_not_asked_for(remote, name):
    assert "owner/name" in remote.hear(model=name).error.message
    assert not remote.seen["requests"]


def test_all_pages_of_models_are_read_and_official_ones_bring_their_versions(remote):
    found = asyncio.run(open_upstream("replicate", remote.url).models())

    names = [model.name for model in found]
    assert len(names) == len(set(names)) == 302
    ids = [model.version_id for model in found if model.model == "model-1"]
    assert ids == [f"{1:063x}{age}" for age in range(3)]
    assert [found[-1].owner, found[-1].created_at.year] == ["meta", 2026]
    # By their names: an official one without versions, and one without a latest version.
    assert {"meta/model-2", "meta/model-3"} <= set(names)


def test_a_model_is_found_by_its_name_with_all_versions_or_with_one(remote):
    upstream = open_upstream("replicate", remote.url)

    versions = asyncio.run(upstream.model_named("meta/model-1"))
    one = asyncio.run(upstream.model_named(f"meta/model-1:{1:063x}2"))
    bare = asyncio.run(upstream.model_named("meta/model-2"))

    assert [model.created_at.year for model in versions] == [2026, 2025, 2024]
    assert [model.name for model in one] == [f"meta/model-1:{1:063x}2"]
    assert [(model.name, model.version_id) for model in bare] == [("meta/model-2", "")]


def test_a_token_of_our_own_is_not_sent_to_replicate():
    upstream = open_upstream("replicate", "https://api.replicate.com/v1", "riv_secret")
    error = asyncio.run(listen(upstream, MODEL, {})).error

    assert error.message.startswith("The key is a token of Rivulet's own")
