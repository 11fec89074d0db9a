"""The rows of the contract that need raw HTTP: what the clients' own code cannot ask for."""

import re
from datetime import datetime

import httpx
import pytest

from tests.listening import listen
from tests.running import STORY

from .contract import INPUT, MODEL

NODE_STORY = "2c1608e18606fad2812020dc541930f2d0495ce32eee50074220b87300bc16e1"


def create(server, input: dict = INPUT, **headers: str) -> httpx.Response:
    return httpx.post(
        f"{server.url}/v1/predictions",
        json={"version": STORY, "input": input},
        headers=server.authorization | headers,
        timeout=30,
    )


# the prediction object


def test_a_prediction_has_the_members_that_the_clients_need(server):
    prediction = create(server, Prefer="wait").json()

    assert re.fullmatch("[a-z0-9]{26}", prediction["id"])
    assert re.fullmatch("[0-9a-f]{64}", prediction["version"])
    assert isinstance(prediction["logs"], str)
    assert prediction["error"] is None
    assert prediction["source"] == "api"
    assert prediction["data_removed"] is False
    assert prediction["urls"].keys() >= {"get", "cancel", "stream"}
    assert all(url.startswith(server.url) for url in prediction["urls"].values())
    assert re.fullmatch(r".*/v1/streams/[^/]{40,}", prediction["urls"]["stream"])


def test_times_are_in_utc_with_a_z(server):
    ended = server.ended(create(server).json()["id"])

    for name in ("created_at", "started_at", "completed_at"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,9}Z", ended[name])
    times = [datetime.fromisoformat(ended[f"{name}_at"]) for name in ("created", "started")]
    assert times == sorted(times)
    assert 0 < ended["metrics"]["predict_time"] <= ended["metrics"]["total_time"]


@pytest.mark.parametrize("version", [STORY, NODE_STORY])
def test_the_posts_versions_are_there(server, version):
    response = server.post("/v1/predictions", {"version": version, "input": INPUT})

    assert response.status_code == 201
    assert response.json()["model"] == MODEL


def test_a_token_sent_with_a_stream_is_ignored(server):
    stream = create(server).json()["urls"]["stream"]

    assert [event.event for event in listen(stream, Authorization="Bearer nonsense")][-1] == "done"


# pages


@pytest.mark.parametrize("path", ["/v1/models", "/v1/collections", "/v1/deployments", "/v1/files"])
def test_every_list_is_a_page(server, path):
    page = server.get(path).json()

    assert page.keys() == {"next", "previous", "results"}
    assert page["next"] is page["previous"] is None


# errors


def test_the_clients_burst_of_retries_is_refused_kindly(javascript, make_server):
    """Six requests in a row: JavaScript's client does not wait between its retries."""
    limited = make_server(RATE_LIMIT_CREATES="3")
    options = {"version": STORY, "input": INPUT}
    for _ in range(3):
        limited.create(max_new_tokens=1)
    refused = create(limited)

    burst = type(javascript)(limited).play("predictions.create", options=options)

    again = create(limited)
    assert burst.error["status"] == 429
    assert [request["status"] for request in burst.requests] == [429] * 6
    assert refused.json()["detail"].startswith("Request was throttled.")
    assert 0 < refused.json()["retry_after"] == int(refused.headers["Retry-After"])
    assert int(again.headers["Retry-After"]) <= int(refused.headers["Retry-After"])
    assert limited.get("/v1/predictions").status_code == 200


# the description


def test_the_description_names_every_endpoint_of_the_contract(server):
    described = server.get("/v1/openapi.json").json()

    endpoints = {
        (method, re.sub(r"\{\w+\}", "{}", path))
        for path, item in described["paths"].items()
        for method in item
    }
    assert endpoints >= {
        ("post", "/v1/predictions"),
        ("get", "/v1/predictions"),
        ("get", "/v1/predictions/{}"),
        ("post", "/v1/predictions/{}/cancel"),
        ("get", "/v1/models"),
        ("get", "/v1/models/{}/{}"),
        ("post", "/v1/models/{}/{}/predictions"),
        ("get", "/v1/models/{}/{}/versions"),
        ("get", "/v1/models/{}/{}/versions/{}"),
        ("get", "/v1/collections"),
        ("get", "/v1/collections/{}"),
        ("get", "/v1/deployments"),
        ("post", "/v1/deployments"),
        ("get", "/v1/deployments/{}/{}"),
        ("patch", "/v1/deployments/{}/{}"),
        ("delete", "/v1/deployments/{}/{}"),
        ("post", "/v1/deployments/{}/{}/predictions"),
        ("get", "/v1/hardware"),
        ("get", "/v1/account"),
        ("get", "/v1/webhooks/default/secret"),
        ("get", "/v1/files"),
        ("post", "/v1/files"),
        ("get", "/v1/files/{}"),
        ("delete", "/v1/files/{}"),
    }
