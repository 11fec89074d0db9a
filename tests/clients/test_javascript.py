"""The official JavaScript client (npm `replicate`) and npm's EventSource, unchanged, against us."""

import itertools

import httpx
import pytest

from predictions.upstreams.schemas import STREAMING_TEXT
from tests.cutting import cutting_proxy
from tests.listening import listen, words
from tests.running import STORY

from .contract import INPUT, LONG, MODEL

# predictions


def test_create_by_version(javascript):
    created = javascript("predictions.create", options={"version": STORY, "input": INPUT})

    assert created["status"] in {"starting", "processing"}
    assert created["version"] == STORY
    assert created["model"] == MODEL
    assert created["input"]["prompt"] == INPUT["prompt"]


def test_create_by_model(javascript):
    ran = javascript.play("predictions.create", options={"model": MODEL, "input": INPUT})

    assert ran.requests[0]["path"] == f"/v1/models/{MODEL}/predictions"
    assert ran.requests[0]["status"] == 201
    assert ran.result["model"] == MODEL


@pytest.mark.parametrize(("wait", "prefer"), [(True, "wait"), (7, "wait=7")])
def test_create_waits_for_the_whole_output(javascript, server, wait, prefer):
    ran = javascript.play(
        "predictions.create", options={"version": STORY, "input": INPUT, "wait": wait}
    )

    assert ran.requests[0]["prefer"] == ran.requests[0]["applied"] == prefer
    assert ran.result["status"] in {"processing", "succeeded"}
    assert ran.result["output"] == server.ended(ran.result["id"])["output"]


def test_create_hands_out_the_webhook_that_it_was_given(javascript):
    options = {
        "version": STORY,
        "input": INPUT,
        "webhook": "http://127.0.0.1:9/hook?of=mine",
        "webhook_events_filter": ["completed"],
    }

    created = javascript("predictions.create", options=options)

    assert created["webhook"] == options["webhook"]
    assert created["webhook_events_filter"] == ["completed"]


def test_get(javascript, server):
    ended = server.ended(server.create(max_new_tokens=5)["id"])

    assert javascript("predictions.get", id=ended["id"]) == ended


def test_cancel(javascript, server):
    created = server.create(max_new_tokens=300)

    answered = javascript("predictions.cancel", id=created["id"])

    assert answered["id"] == created["id"]
    assert server.ended(created["id"])["status"] == "canceled"


def test_list_is_newest_first(javascript, server):
    older, newer = server.create(max_new_tokens=1), server.create(max_new_tokens=1)

    page = javascript("predictions.list")

    assert [each["id"] for each in page["results"][:2]] == [newer["id"], older["id"]]
    assert page["previous"] is None


def test_wait_ends_with_the_prediction(javascript, server):
    created = server.create(max_new_tokens=5)

    ended = javascript("predictions.wait", id=created["id"], interval=50)

    assert ended["status"] == "succeeded"
    assert len(ended["output"]) == 5


def test_paginate_walks_through_all_pages(javascript, server):
    with httpx.Client(base_url=server.url, headers=server.authorization) as client:
        body = {"version": STORY, "input": {"prompt": "x", "max_new_tokens": 1}}
        created = [client.post("/v1/predictions", json=body).json()["id"] for _ in range(101)]

    pages = javascript("predictions.paginate")

    assert len(pages) >= 2
    assert [len(page) for page in pages[:-1]] == [100] * (len(pages) - 1)
    everything = list(itertools.chain(*pages))
    assert everything[:101] == created[::-1]
    assert len(set(everything)) == len(everything)


# run


@pytest.mark.parametrize("model", [MODEL, f"{MODEL}:{STORY}"])
def test_run_blocks_until_the_output_is_whole(javascript, model):
    ran = javascript.play("predictions.run", model=model, options={"input": INPUT})

    assert len(ran.result["output"]) == 5
    assert [request["prefer"] for request in ran.requests] == ["wait"]
    assert len(ran.result["progress"]) == 2


def test_run_goes_on_polling_when_its_wait_is_over(javascript, server):
    options = {"input": INPUT | {"max_new_tokens": 45}, "wait": {"mode": "block", "timeout": 1}}

    ran = javascript.play("predictions.run", model=MODEL, options=options)

    assert ran.result["progress"][0] | {"id": ""} == {"id": "", "status": "starting", "words": 0}
    assert len(ran.requests) > 1
    stored = server.prediction(ran.result["progress"][0]["id"])
    assert ran.result["output"] == stored["output"]
    assert len(stored["output"]) == 45


def test_run_polls_and_tells_its_progress(javascript):
    options = {"input": INPUT | {"max_new_tokens": 30}, "wait": {"mode": "poll", "interval": 100}}

    ran = javascript.play("predictions.run", model=MODEL, options=options)

    grown = [step["words"] for step in ran.result["progress"]]
    assert ran.requests[0]["prefer"] is None
    assert grown == sorted(grown)
    assert grown[0] == 0
    assert any(0 < count < 30 for count in grown)
    assert grown[-1] == len(ran.result["output"]) == 30


def test_run_cancels_when_its_signal_is_aborted(javascript, server):
    options = {"input": LONG, "wait": {"mode": "poll", "interval": 100}}

    ran = javascript.play(
        "predictions.runAborted", model=MODEL, options=options, afterMilliseconds=250
    )

    assert ran.requests[-1]["path"] == f"/v1/predictions/{ran.result['id']}/cancel"
    assert server.ended(ran.result["id"])["status"] == "canceled"


def test_run_throws_what_the_model_failed_with(javascript):
    options = {"input": INPUT | {"fail_after": 2}}

    ran = javascript.play("predictions.run", model=MODEL, options=options)

    assert ran.error["message"].startswith("Prediction failed: The model failed after 2 words")


# stream


@pytest.mark.parametrize("model", [MODEL, f"{MODEL}:{STORY}"])
def test_stream_yields_word_by_word(javascript, server, model):
    ran = javascript.play(
        "predictions.stream", model=model, options={"input": INPUT | {"max_new_tokens": 20}}
    )

    *spoken, done = ran.result
    spoken = [event for event in spoken if event["event"] == "output"]
    gaps = [later["at"] - earlier["at"] for earlier, later in itertools.pairwise(spoken)]
    assert len(spoken) == 20
    assert sum(gap > 0.01 for gap in gaps) > len(gaps) * 0.7, "it came in lumps"
    assert (done["event"], done["data"], done["text"]) == ("done", "{}", "")
    assert all(event["id"] for event in ran.result)
    id = server.get("/v1/predictions").json()["results"][0]["id"]
    assert [event["text"] for event in spoken] == server.prediction(id)["output"]


def test_stream_throws_what_the_model_failed_with(javascript):
    ran = javascript.play(
        "predictions.stream", model=MODEL, options={"input": INPUT | {"fail_after": 2}}
    )

    assert "The model failed after 2 words" in ran.error["message"]


def test_an_eventsource_whose_connection_is_cut_hears_nothing_twice_and_misses_nothing(
    javascript, server
):
    created = server.create(max_new_tokens=60)
    port = httpx.URL(server.url).port

    with cutting_proxy(port, cuts=[500, 1, 333, 444, 555]) as proxied:
        stream = created["urls"]["stream"].replace(f":{port}/", f":{proxied}/")
        heard = javascript("reader.listen", stream=stream)

    whole = list(listen(created["urls"]["stream"]))
    assert heard["opened"] == 6
    assert [tuple(each.values()) for each in heard["heard"]] == [each[:3] for each in whole]
    assert words(whole) == server.prediction(created["id"])["output"]


# errors


def test_a_bad_token_is_an_api_error(javascript):
    ran = javascript.play("predictions.list", token="not-a-token")

    assert ran.error["name"] == "ApiError"
    assert ran.error["status"] == 401
    assert "You did not pass a valid authentication token" in ran.error["message"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"version": "0" * 64, "input": INPUT}, "The specified version does not exist"),
        ({"version": STORY, "input": {}}, "- input: prompt is required"),
        ({"version": STORY, "input": INPUT | {"max_new_tokens": "x"}}, "- input.max_new_tokens: "),
    ],
)
def test_what_does_not_fit_is_an_api_error(javascript, options, sentence):
    ran = javascript.play("predictions.create", options=options)

    assert ran.error["status"] == 422
    assert sentence in ran.error["message"]
    assert len(ran.requests) == 1


def test_an_unknown_prediction_is_an_api_error(javascript):
    ran = javascript.play("predictions.get", id="a" * 26)

    assert ran.error["status"] == 404


@pytest.mark.parametrize(
    ("name", "input_schema"),
    [
        ("undemanding", {"type": "object"}),
        ("accepting", {"type": "object", "additionalProperties": True}),
    ],
)
def test_the_token_that_a_bug_of_the_client_sends_as_input_is_kept_nowhere(
    javascript, server, name, input_schema
):
    """replicate 1.4.0 with fileEncodingStrategy "data-uri" sends itself as the input."""
    add_model(server, name, input_schema)
    options = {"model": f"rivulet/{name}", "input": {}}

    ran = javascript.play("predictions.create", options=options, fileEncodingStrategy="data-uri")

    assert ran.requests[0]["status"] in {201, 422}
    server.create(prompt="A canary: whatever is stored can be found", max_new_tokens=1)
    kept = [path for path in server.data_dir.rglob("*") if path.is_file()]
    assert any(b"A canary: " in path.read_bytes() for path in kept)
    for path in [*kept, server.log]:
        assert server.token.encode() not in path.read_bytes(), path.name


def add_model(server, name: str, input_schema: dict) -> None:
    """A model of the demo's that takes no prompt."""
    schema = {"components": {"schemas": {"Input": input_schema, "Output": STREAMING_TEXT}}}
    server.shell(
        "from predictions.models import LanguageModel, Upstream; "
        f"model = LanguageModel.objects.create(owner='rivulet', name='{name}'); "
        "demo = Upstream.objects.get(name='demo'); "
        f"model.versions.create(id='{name}', upstream=demo, openapi_schema={schema})",
    )
