"""The API's first endpoints, as the post's examples and Replicate's clients use them."""

import re
import subprocess

import httpx
import pytest

from tests.running import STORY


def test_the_posts_curl_example_runs_with_only_the_host_changed(server):
    # Verbatim from the post: no Content-Type, and a stream URL without a token.
    script = f"""
STREAM_URL=$(curl -s -X POST \\
-d '{{"version": "{STORY}", "input": {{"prompt": "Tell me a story"}}, "stream": true}}' \\
-H "Authorization: Bearer $REPLICATE_API_TOKEN" \\
"{server.url}/v1/predictions" | jq -r .urls.stream)
curl -s -H 'Accept: text/event-stream' $STREAM_URL
"""
    environment = {"PATH": "/usr/bin:/bin", "REPLICATE_API_TOKEN": server.token}
    printed = subprocess.run(
        ["sh", "-c", script], env=environment, capture_output=True, text=True, timeout=60
    ).stdout

    events = printed.strip().split("\n\n")
    assert len(events) > 20
    for event in events[:-1]:
        assert re.fullmatch(r"event: output\nid: \d+:\d+(\ndata: .*)+", event), event
    assert re.fullmatch(r"event: done\nid: \d+:\d+\ndata: \{\}", events[-1])


def test_a_created_prediction_has_the_documented_shape(server):
    created = server.create()

    assert re.fullmatch(r"[a-z0-9]{26}", created["id"])
    assert created["model"] == "meta/llama-2-70b-chat"
    assert created["version"] == STORY
    assert created["input"] == {"prompt": "Tell me a story", "max_new_tokens": 60, "seed": 1}
    assert created["status"] == "starting"
    assert created["output"] is None
    assert created["error"] is None
    assert created["logs"] == ""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", created["created_at"])
    assert created["urls"]["get"] == f"{server.url}/v1/predictions/{created['id']}"
    assert created["urls"]["cancel"] == created["urls"]["get"] + "/cancel"
    assert re.fullmatch(
        re.escape(server.url) + r"/v1/streams/[a-z2-7]{52}", created["urls"]["stream"]
    )
    assert created["id"] not in created["urls"]["stream"]


def test_an_ended_prediction_tells_its_times_and_counts(server):
    ended = server.ended(server.create(max_new_tokens=20)["id"])

    metrics = ended["metrics"]
    assert ended["status"] == "succeeded"
    assert len(ended["output"]) == 20
    assert 0 < metrics["time_to_first_word"] < metrics["predict_time"] < metrics["total_time"]
    assert 5 < metrics["words_per_second"] < 60


def test_the_output_grows_while_the_model_speaks(server):
    created = server.create()

    sizes = set()
    while not (now := server.prediction(created["id"]))["completed_at"]:
        sizes.add(len(now["output"] or []))

    assert len(sizes) > 5


@pytest.mark.parametrize("scheme", ["Bearer", "Token", "bearer", "TOKEN"])
def test_both_schemes_count_in_any_case(server, scheme):
    created = server.create(max_new_tokens=1)

    response = httpx.get(
        created["urls"]["get"], headers={"Authorization": f"{scheme} {server.token}"}
    )

    assert response.status_code == 200


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic abc"])
def test_without_a_valid_token_there_is_nothing(server, header):
    response = httpx.post(
        f"{server.url}/v1/predictions", headers={"Authorization": header.strip()}, json={}
    )

    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {
        "title": "Unauthenticated",
        "detail": "You did not pass a valid authentication token",
        "status": 401,
    }


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        (b"{", 400, "JSON"),
        (b"", 400, "JSON"),
        (b"\xff\xfe", 400, "JSON"),
        (b"[]", 400, "object"),
        (b'{"version": "x", "input": {"temperature": NaN}}', 400, "JSON"),
        (b'{"version": "x", "input": {"top_p": 1e400}}', 400, "JSON"),
        (b'{"version": "\\ud800", "input": {}}', 422, "does not exist"),
        (b'{"version": "\\u0000", "input": {}}', 422, "does not exist"),
        (b"{}", 422, "version is required"),
        (b'{"version": "nope", "input": {}}', 422, "does not exist"),
        (b'{"version": 7, "input": {}}', 422, "version"),
        (b'{"version": "%s"}' % STORY.encode(), 422, "input is required"),
        (b'{"version": "%s", "input": "x"}' % STORY.encode(), 422, "input"),
        (b'{"version": "%s", "input": {}}' % STORY.encode(), 422, "prompt is required"),
        (b'{"version": "%s", "input": {"prompt": 7}}' % STORY.encode(), 422, "of type string"),
    ],
)
def test_bad_input_gets_a_clear_problem(server, body, status, detail):
    response = httpx.post(
        f"{server.url}/v1/predictions", headers=server.authorization, content=body
    )

    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == status
    assert detail in response.json()["detail"]


def test_a_complaint_about_the_input_names_its_field(server):
    response = server.post(
        "/v1/predictions",
        {"version": STORY, "input": {"prompt": "x", "max_new_tokens": "many"}},
    )

    assert response.json() == {
        "title": "Input validation failed",
        "detail": "- input.max_new_tokens: max_new_tokens must be of type integer\n",
        "status": 422,
        "invalid_fields": [
            {
                "type": "invalid_type",
                "field": "input.max_new_tokens",
                "description": "max_new_tokens must be of type integer",
            }
        ],
    }


@pytest.mark.parametrize(
    ("method", "path", "body", "complaint"),
    [
        (
            *("GET", "/v1/predictions?source=x", None),
            ("enum", "source", 'source must be one of the following: "api", "web"'),
        ),
        (
            *("GET", "/v1/predictions?created_after=x", None),
            ("format", "created_after", "Must be a date and time like 2026-01-31T12:00:00Z"),
        ),
        (
            *("POST", "/v1/predictions", {"version": STORY, "input": "x"}),
            ("invalid_type", "input", "Must be a valid object"),
        ),
        (
            *("POST", "/v1/deployments", {"name": "A!", "model": "x", "version": "x"}),
            ("pattern", "name", r"Must match pattern '^[a-z0-9]([a-z0-9._\-]*[a-z0-9])?$'"),
        ),
        (
            *("PATCH", "/v1/deployments/admin/x", {"min_instances": -1}),
            ("number_gte", "min_instances", "Must be greater than or equal to 0"),
        ),
        (
            *("PATCH", "/v1/deployments/admin/x", {"max_instances": 1001}),
            ("number_lte", "max_instances", "Must be less than or equal to 1000"),
        ),
        (
            *("PATCH", "/v1/deployments/admin/x", {"hardware": "x" * 65}),
            ("string_lte", "hardware", "Must have at most 64 characters"),
        ),
    ],
)
def test_a_complaint_about_a_request_has_the_same_words(server, method, path, body, complaint):
    response = httpx.request(method, server.url + path, json=body, headers=server.authorization)

    assert response.status_code == 422
    [told] = response.json()["invalid_fields"]
    assert (told["type"], told["field"], told["description"]) == complaint


def test_what_the_schema_does_not_know_is_never_stored(server):
    created = server.create(api_token="secret")

    assert "secret" not in str(created["input"])


@pytest.mark.parametrize(
    "reference", ["meta/llama-2-70b-chat", f"meta/llama-2-70b-chat:{STORY}", STORY]
)
def test_a_version_may_be_named_in_three_ways(server, reference):
    assert server.create(version=reference)["model"] == "meta/llama-2-70b-chat"


@pytest.mark.parametrize("reference", [f"meta/other:{STORY}", "meta/other", "0" * 64, "/", ":"])
def test_a_version_that_is_not_there_is_a_422(server, reference):
    response = server.post("/v1/predictions", {"version": reference, "input": {"prompt": "x"}})

    assert response.status_code == 422


def test_somebody_elses_prediction_is_as_unknown_as_none(server):
    created = server.create(max_new_tokens=1)
    eve = server.stranger("eve")

    for method, path in (("GET", ""), ("POST", "/cancel")):
        for id in (created["id"], "a" * 26):
            response = httpx.request(method, f"{server.url}/v1/predictions/{id}{path}", headers=eve)
            assert response.status_code == 404
            assert response.headers["content-type"] == "application/problem+json"


def test_unknown_paths_and_methods_under_v1_are_problems_too(server):
    for response, status in (
        (server.get("/v1/nothing"), 404),
        (server.get("/v1/predictions/%00"), 404),
        (httpx.delete(f"{server.url}/v1/predictions", headers=server.authorization), 405),
        (httpx.post(f"{server.url}/v1/streams/{'a' * 52}"), 405),
    ):
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"


def test_the_token_command_prints_a_working_token_and_nothing_else(server):
    printed = server.manage("token", "for a test")

    assert re.fullmatch(r"riv_[\w-]{43}\n", printed)
    created = server.create(max_new_tokens=1)
    response = httpx.get(
        created["urls"]["get"], headers={"Authorization": f"Token {printed.strip()}"}
    )
    assert response.status_code == 200


def test_a_crash_is_a_problem_too_and_tells_nothing(make_server):
    server = make_server()
    drop = """
from django.db import connection
connection.cursor().execute("ALTER TABLE predictions_deployment RENAME TO elsewhere")
"""
    server.shell(drop)

    response = server.get("/v1/deployments")

    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == 500
    assert "predictions_deployment" not in response.text
    assert "predictions_deployment" in server.output()


def test_every_answer_that_hands_out_urls_hands_out_public_ones(make_server):
    server = make_server(PUBLIC_URL="http://chat.example.org", ALLOWED_HOSTS="127.0.0.1")
    local = {"Host": "chat.example.org"} | server.authorization
    body = {"version": STORY, "input": {"prompt": "x"}}

    created = httpx.post(f"{server.url}/v1/predictions", json=body, headers=local)
    found = httpx.get(f"{server.url}/v1/models/rivulet/demo", headers=local)

    assert created.status_code == 201
    urls = [*created.json()["urls"].values(), created.headers["location"]]
    assert all(url.startswith("http://chat.example.org/v1/") for url in urls)
    assert found.json()["url"] == "http://chat.example.org/models/rivulet/demo"


def test_the_example_in_the_docs_creates_a_prediction_and_nothing_else(server):
    document = server.get("/v1/openapi.json").json()
    create = document["paths"]["/v1/predictions"]["post"]
    example = document["components"]["schemas"]["PredictionRequest"]["example"]

    response = server.post("/v1/predictions", example)

    assert response.status_code == 201
    assert set(example) == {"version", "input"}
    assert not any("example" in each["schema"] for each in create["parameters"])
