"""Models, versions, collections, hardware, account and deployments over the API."""

import httpx
import pytest

from tests.running import STORY

LLAMA = "/v1/models/meta/llama-2-70b-chat"
PROBLEM = "application/problem+json"


def deploy(server, name: str, **more: object) -> httpx.Response:
    body = {"name": name, "model": "meta/llama-2-70b-chat", "version": STORY} | more
    return server.post("/v1/deployments", body)


def change(server, method: str, name: str, body: dict | None = None) -> httpx.Response:
    url = f"{server.url}/v1/deployments/admin/{name}"
    return httpx.request(method, url, json=body, headers=server.authorization)


def test_a_model_has_what_the_clients_need(server):
    model = server.get(LLAMA).json()

    assert (model["owner"], model["name"]) == ("meta", "llama-2-70b-chat")
    assert model["url"] == f"{server.url}/models/meta/llama-2-70b-chat"
    assert httpx.get(model["url"], follow_redirects=True).status_code == 200
    assert model["visibility"] == "public"
    assert model["latest_version"]["id"] == STORY
    output = model["latest_version"]["openapi_schema"]["components"]["schemas"]["Output"]
    assert output["x-cog-array-type"] == "iterator"
    assert output["x-cog-array-display"] == "concatenate"
    assert model["default_example"] is None


def test_runs_are_counted(server):
    before = server.get(LLAMA).json()["run_count"]

    server.create(max_new_tokens=1)

    assert server.get(LLAMA).json()["run_count"] == before + 1


def test_a_models_versions_are_listed_and_found(server):
    versions = server.get(f"{LLAMA}/versions").json()["results"]

    assert len(versions) == 2
    assert versions[0]["id"] == STORY
    assert all(isinstance(each["cog_version"], str) for each in versions)
    assert server.get(f"{LLAMA}/versions/{STORY}").json() == versions[0]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/models/meta/nothing",
        "/v1/models/nobody/llama-2-70b-chat",
        "/v1/models/meta/nothing/versions",
        f"{LLAMA}/versions/{'0' * 64}",
        f"/v1/models/rivulet/demo/versions/{STORY}",
        "/v1/models/%00/%00",
        "/v1/collections/nothing",
        "/v1/deployments/admin/nothing",
        "/v1/deployments/nobody/nothing",
        f"/v1/files/{'a' * 26}",
    ],
)
def test_what_is_not_there_is_a_404(server, path):
    response = server.get(path)

    assert response.status_code == 404
    assert response.headers["content-type"] == PROBLEM
    assert response.json()["detail"].startswith("There is no such")


@pytest.mark.parametrize("quote", ["", '"'])  # the JavaScript client sends JSON's quotes
def test_the_search_finds_models_that_have_every_word(server, quote):
    def search(text: str) -> list[str]:
        response = httpx.request(
            "QUERY",
            f"{server.url}/v1/models",
            content=f"{quote}{text}{quote}",
            headers=server.authorization | {"Content-Type": "text/plain"},
        )
        return [model["name"] for model in response.json()["results"]]

    assert search("LLAMA chat") == ["llama-2-70b-chat"]
    assert search("network understanding") == ["demo"]
    assert search("llama understanding") == []
    assert search("%") == []
    assert set(search("")) == {"llama-2-70b-chat", "demo"}


def test_a_search_for_more_than_anybody_types_is_refused(server):
    response = httpx.request(
        "QUERY",
        f"{server.url}/v1/models",
        content=" ".join(f"a{n}" for n in range(3000)),
        headers=server.authorization,
    )

    assert response.status_code == 422
    assert response.json()["invalid_fields"][0]["field"] == "query"


def test_the_streaming_models_are_a_collection(server):
    [listed] = server.get("/v1/collections").json()["results"]
    collection = server.get(f"/v1/collections/{listed['slug']}").json()

    assert listed["slug"] == "streaming-language-models"
    assert "models" not in listed
    names = {f"{model['owner']}/{model['name']}" for model in collection["models"]}
    assert names == {"rivulet/demo", "meta/llama-2-70b-chat"}


def test_a_model_whose_latest_version_does_not_stream_is_not_in_it(make_server):
    server = make_server()
    upload = """
from predictions.models import *
version = Version.objects.get(model__name="demo")
version.id = "a" * 64
del version.openapi_schema["components"]["schemas"]["Output"]["x-cog-array-display"]
version.save(force_insert=True)
"""
    server.shell(upload)

    collection = server.get("/v1/collections/streaming-language-models").json()
    created = server.create("rivulet/demo", max_new_tokens=2)

    assert [model["name"] for model in collection["models"]] == ["llama-2-70b-chat"]
    assert "stream" not in created["urls"]
    assert server.ended(created["id"])["output"] is not None


def test_the_models_of_a_disabled_upstream_are_not_there(make_server):
    server = make_server()
    disable = "from predictions.models import Upstream; Upstream.objects.update(enabled=False)"
    server.shell(disable)

    assert server.get("/v1/models").json()["results"] == []
    assert server.get(LLAMA).status_code == 404
    assert server.get("/v1/collections/streaming-language-models").json()["models"] == []
    body = {"input": {"prompt": "x"}}
    assert server.post(f"{LLAMA}/predictions", body).status_code == 404


def test_a_prediction_may_be_made_by_its_models_name(server):
    response = server.post(f"{LLAMA}/predictions", {"input": {"prompt": "x"}})

    assert response.status_code == 201
    assert response.json()["version"] == STORY


def test_a_version_has_no_place_in_the_body_there(server):
    response = server.post(f"{LLAMA}/predictions", {"version": STORY, "input": {"prompt": "x"}})

    assert response.status_code == 422
    assert response.json()["invalid_fields"] == [
        {
            "type": "additional_property_not_allowed",
            "field": "",
            "description": "Additional property version is not allowed",
        }
    ]


def test_the_account_and_the_hardware_are_told(server):
    assert server.get("/v1/account").json() == {
        "type": "user",
        "username": "admin",
        "name": "admin",
    }
    [hardware] = server.get("/v1/hardware").json()
    assert set(hardware) == {"sku", "name"}


# Deployments


def test_a_deployment_runs_its_version_with_its_default_input(server):
    made = deploy(server, "calm", input={"max_new_tokens": 3, "seed": 5}, hardware="upstream")

    response = server.post(
        "/v1/deployments/admin/calm/predictions", {"input": {"prompt": "Hi", "seed": 6}}
    )

    assert made.status_code == 200
    assert made.json()["current_release"]["number"] == 1
    created = response.json()
    assert created["deployment"] == "admin/calm"
    assert created["version"] == STORY
    assert created["input"] == {"prompt": "Hi", "max_new_tokens": 3, "seed": 6}
    assert len(server.ended(created["id"])["output"]) == 3


def test_a_change_is_a_new_release(server):
    made = deploy(server, "changing", input={"seed": 1}, min_instances=1, max_instances=2).json()

    changed = change(server, "PATCH", "changing", {"max_instances": 5}).json()

    assert changed["current_release"]["number"] == 2
    assert changed["current_release"]["configuration"]["min_instances"] == 1
    assert changed["current_release"]["configuration"]["max_instances"] == 5
    assert changed["input"] == made["input"]
    assert server.get("/v1/deployments/admin/changing").json() == changed


def test_a_deleted_deployment_is_gone_and_its_predictions_stay(server):
    deploy(server, "short-lived")
    path = "/v1/deployments/admin/short-lived"
    created = server.post(f"{path}/predictions", {"input": {"prompt": "Hi"}}).json()

    deleted = change(server, "DELETE", "short-lived")

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert server.get(path).status_code == 404
    assert "deployment" not in server.prediction(created["id"])


@pytest.mark.parametrize(
    ("more", "status", "detail"),
    [
        ({"name": "taken"}, 409, "name"),
        ({"name": "Not A Name"}, 422, "name"),
        ({"version": "0" * 64}, 422, "does not exist"),
        ({"model": "rivulet/demo"}, 422, "does not exist"),
        ({"input": {"max_new_tokens": "many"}}, 422, "max_new_tokens must be of type integer"),
        ({"min_instances": 3}, 422, "min_instances"),
        ({"max_instances": 0}, 422, "max_instances"),
        ({"color": "red"}, 422, "color is not allowed"),
    ],
)
def test_a_deployment_that_cannot_be_is_refused_and_nothing_kept(server, more, status, detail):
    deploy(server, "taken")

    response = deploy(server, **({"name": "refused"} | more))

    assert response.status_code == status
    assert detail in response.json()["detail"]
    assert server.get("/v1/deployments/admin/refused").status_code == 404


def test_a_bad_change_leaves_a_deployment_as_it_was(server):
    made = deploy(server, "steady", input={"seed": 1}).json()

    response = change(server, "PATCH", "steady", {"input": {"seed": "x"}, "max_instances": 9})

    assert response.status_code == 422
    assert server.get("/v1/deployments/admin/steady").json() == made


def test_unknown_keys_of_a_default_input_are_dropped(server):
    made = deploy(server, "careless", input={"auth": "secret", "seed": 1}).json()

    assert made["input"] == {"seed": 1}


def test_somebody_elses_deployment_is_as_unknown_as_none(server):
    deploy(server, "private")
    his = server.stranger("oscar")
    path = f"{server.url}/v1/deployments/admin/private"

    assert httpx.get(path, headers=his).status_code == 404
    assert httpx.delete(path, headers=his).status_code == 404
    assert httpx.patch(path, headers=his, json={}).status_code == 404
    body = {"input": {"prompt": "x"}}
    assert httpx.post(f"{path}/predictions", headers=his, json=body).status_code == 404
    assert httpx.get(f"{server.url}/v1/deployments", headers=his).json()["results"] == []
