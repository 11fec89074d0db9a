"""The official Python client (PyPI `replicate`), unchanged, against us."""

import asyncio
import itertools
import time
from types import GeneratorType

import httpx
import pytest
from replicate.client import Client
from replicate.exceptions import ModelError, ReplicateError
from replicate.pagination import paginate

from tests.running import STORY

from .contract import INPUT, LONG, MODEL

# predictions


def test_create_by_version(replicate):
    created = replicate.predictions.create(version=STORY, input=INPUT)

    assert created.status in {"starting", "processing"}
    assert (created.version, created.model) == (STORY, MODEL)


def test_create_by_model(replicate, requests):
    created = replicate.predictions.create(model=MODEL, input=INPUT)

    assert created.model == MODEL
    assert requests.paths[0] == f"/v1/models/{MODEL}/predictions"


@pytest.mark.parametrize(("wait", "prefer"), [(True, "wait"), (7, "wait=7")])
def test_create_waits_for_the_whole_output(replicate, requests, server, wait, prefer):
    created = replicate.predictions.create(version=STORY, input=INPUT, wait=wait)

    assert requests.headers("Prefer") == [prefer]
    assert created.status in {"processing", "succeeded"}
    assert created.output == server.ended(created.id)["output"]


def test_create_by_model_waits_too(replicate, requests, server):
    created = replicate.models.predictions.create(model=MODEL, input=INPUT, wait=7)

    assert requests.headers("Prefer") == ["wait=7"]
    assert created.output == server.ended(created.id)["output"]


def test_a_prediction_is_reloaded_and_waited_for(replicate):
    created = replicate.predictions.create(version=STORY, input=INPUT)

    created.reload()
    created.wait()

    assert created.status == "succeeded"
    assert len(created.output) == 5
    assert created.metrics["predict_time"] > 0


def test_a_prediction_is_canceled(replicate, server):
    created = replicate.predictions.create(version=STORY, input=LONG)

    created.cancel()

    created.wait()
    assert created.status == "canceled"


def test_the_output_iterator_yields_each_word_once(replicate, server):
    created = replicate.predictions.create(version=STORY, input=INPUT | {"max_new_tokens": 20})

    yielded = list(created.output_iterator())

    assert yielded == server.prediction(created.id)["output"]


def test_list_and_its_cursor_walk_through_all_pages(replicate, server):
    with httpx.Client(base_url=server.url, headers=server.authorization) as client:
        body = {"version": STORY, "input": {"prompt": "x", "max_new_tokens": 1}}
        created = [client.post("/v1/predictions", json=body).json()["id"] for _ in range(101)]

    first = replicate.predictions.list()
    second = replicate.predictions.list(first.next)
    pages = list(paginate(replicate.predictions.list))

    assert [each.id for each in [*first, *second]][:101] == created[::-1]
    assert len(first) == 100
    assert first.previous is None
    assert [each.id for each in replicate.predictions.list(second.previous)] == [
        each.id for each in first
    ]
    assert [len(page) for page in pages[:-1]] == [100] * (len(pages) - 1)
    assert [each.id for each in pages[1]] == [each.id for each in second]


# run


def test_run_of_a_version_yields_its_words(replicate, requests):
    output = replicate.run(f"{MODEL}:{STORY}", input=INPUT)

    assert isinstance(output, GeneratorType)
    assert len(list(output)) == 5
    assert requests.paths == [
        "/v1/predictions",
        f"/v1/models/{MODEL}/versions/{STORY}",
    ]


def test_run_of_a_model_returns_the_list(replicate, requests):
    output = replicate.run(MODEL, input=INPUT)

    assert isinstance(output, list)
    assert len(output) == 5
    assert requests.headers("Prefer") == ["wait"]


def test_run_without_waiting_yields_words_as_they_come(replicate, requests, server):
    output = replicate.run(f"{MODEL}:{STORY}", input=INPUT | {"max_new_tokens": 20}, wait=False)

    arrived = [(word, time.monotonic()) for word in output]

    id = server.get("/v1/predictions").json()["results"][0]["id"]
    assert [word for word, _ in arrived] == server.prediction(id)["output"]
    assert arrived[-1][1] - arrived[0][1] > 0.3
    assert requests.headers("Prefer") == [None] * len(requests)


def test_run_whose_wait_is_over_goes_on_polling_and_returns_everything(replicate, requests):
    output = replicate.run(MODEL, input=INPUT | {"max_new_tokens": 45}, wait=1)

    assert len(output) == 45
    assert len(requests) > 1


@pytest.mark.parametrize("model", [MODEL, f"{MODEL}:{STORY}"])
def test_run_raises_what_the_model_failed_with(replicate, model):
    with pytest.raises(ModelError, match="The model failed after 2 words") as raised:
        list(replicate.run(model, input=INPUT | {"fail_after": 2}))

    assert raised.value.prediction.status == "failed"


# stream


def test_stream_yields_word_by_word(replicate, server):
    arrived = [
        (event, time.monotonic())
        for event in replicate.stream(MODEL, input=INPUT | {"max_new_tokens": 20})
    ]

    spoken = [(event, at) for event, at in arrived if event.event.value == "output"]
    gaps = [later[1] - earlier[1] for earlier, later in itertools.pairwise(spoken)]
    assert len(spoken) == 20
    assert sum(gap > 0.01 for gap in gaps) > len(gaps) * 0.7, "it came in lumps"
    id = server.get("/v1/predictions").json()["results"][0]["id"]
    assert [str(event) for event, _ in spoken] == server.prediction(id)["output"]
    done = arrived[-1][0]
    assert (done.event.value, done.data, str(done)) == ("done", "{}", "")


def test_async_stream_yields_word_by_word(server):
    async def listen() -> list[tuple[str, float]]:
        client = Client(server.token, base_url=server.url)
        events = await client.async_stream(f"{MODEL}:{STORY}", input=INPUT | {"max_new_tokens": 20})
        arrived = [(str(event), time.monotonic()) async for event in events]
        await client._async_client.aclose()
        return arrived

    arrived = asyncio.run(listen())

    gaps = [later[1] - earlier[1] for earlier, later in itertools.pairwise(arrived)]
    assert len(arrived) == 21
    assert sum(gap > 0.01 for gap in gaps) > len(gaps) * 0.7, "it came in lumps"


def test_a_predictions_own_stream_can_be_read_late(replicate, server):
    created = replicate.predictions.create(version=STORY, input=INPUT)
    created.wait()

    heard = [event for event in created.stream() if event.event.value == "output"]

    assert [str(event) for event in heard] == created.output


def test_stream_raises_what_the_model_failed_with(replicate):
    with pytest.raises(RuntimeError, match="The model failed after 2 words"):
        list(replicate.stream(MODEL, input=INPUT | {"fail_after": 2}))


# errors


@pytest.mark.parametrize(
    ("version", "input", "status", "sentence"),
    [
        ("0" * 64, INPUT, 422, "The specified version does not exist"),
        (STORY, {}, 422, "- input: prompt is required"),
        (STORY, INPUT | {"max_new_tokens": 0}, 422, "Must be greater than or equal to 1"),
    ],
)
def test_what_does_not_fit_is_an_error(replicate, version, input, status, sentence):
    with pytest.raises(ReplicateError) as raised:
        replicate.predictions.create(version=version, input=input)

    assert raised.value.status == status
    assert sentence in raised.value.detail
    assert raised.value.title


def test_an_unknown_prediction_is_an_error(replicate):
    with pytest.raises(ReplicateError) as raised:
        replicate.predictions.get("a" * 26)

    assert raised.value.status == 404


def test_a_bad_token_is_an_error(server):
    client = Client("not-a-token", base_url=server.url)

    with pytest.raises(ReplicateError) as raised:
        client.accounts.current()

    client._client.close()
    assert (raised.value.status, raised.value.title) == (401, "Unauthenticated")
