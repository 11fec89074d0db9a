"""The official JavaScript client: what there is (models, …) and what its user owns (files, …)."""

import httpx
import pytest

from tests.receiver import Receiver
from tests.running import STORY

from .contract import INPUT, MODEL

OWNER, NAME = MODEL.split("/")


def test_a_model_is_got(javascript):
    model = javascript("catalogue.model", owner=OWNER, name=NAME)

    assert (model["owner"], model["name"], model["visibility"]) == (OWNER, NAME, "public")
    assert isinstance(model["run_count"], int)
    assert len(model["latest_version"]["id"]) == 64


def test_models_are_listed_and_searched(javascript):
    listed = javascript("catalogue.models")
    found = javascript("catalogue.search", query="llama")

    names = [f"{model['owner']}/{model['name']}" for model in listed["results"]]
    assert {MODEL, "rivulet/demo"} <= set(names)
    assert [model["name"] for model in found["results"]] == [NAME]


def test_versions_are_listed_and_got(javascript):
    listed = javascript("catalogue.versions", owner=OWNER, name=NAME)
    version = javascript("catalogue.version", owner=OWNER, name=NAME, id=STORY)

    assert STORY in [each["id"] for each in listed["results"]]
    schemas = version["openapi_schema"]["components"]["schemas"]
    assert schemas["Output"]["x-cog-array-display"] == "concatenate"
    assert schemas["Input"]["required"] == ["prompt"]


def test_collections_are_listed_and_got(javascript):
    listed = javascript("catalogue.collections")["results"]
    got = javascript("catalogue.collection", slug=listed[0]["slug"])

    assert got["slug"] == listed[0]["slug"]
    assert isinstance(got["description"], str)
    assert got["models"]


def test_hardware_is_a_bare_list(javascript):
    assert {"sku", "name"} == set(javascript("catalogue.hardware")[0])


def test_the_account_is_the_tokens(javascript):
    account = javascript("catalogue.account")

    assert (account["type"], account["username"]) == ("user", "admin")


def test_a_deployment_lives_from_its_creation_to_its_end(javascript):
    config = {
        "name": "js",
        "model": MODEL,
        "version": STORY,
        "hardware": "cpu",
        "min_instances": 0,
        "max_instances": 1,
    }

    life = javascript("deployments.life", config=config, change={"max_instances": 3}, input=INPUT)

    release = life["created"]["current_release"]
    assert (life["created"]["owner"], life["created"]["name"]) == ("admin", "js")
    assert (release["number"], release["model"], release["version"]) == (1, MODEL, STORY)
    assert release["configuration"] == {
        "hardware": "cpu",
        "min_instances": 0,
        "max_instances": 1,
    }
    assert life["got"] == life["created"]
    assert life["got"] in life["listed"]["results"]
    assert life["updated"]["current_release"]["number"] == 2
    assert life["updated"]["current_release"]["configuration"]["max_instances"] == 3
    assert life["prediction"]["deployment"] == "admin/js"
    assert len(life["prediction"]["output"]) == 5
    assert life["deleted"] is True
    assert "js" not in [each["name"] for each in life["after"]["results"]]


def test_a_file_lives_from_its_upload_to_its_end(javascript):
    life = javascript("files.life", text="The river runs.", metadata={"of": "mine"})

    created = life["created"]
    assert (created["content_type"], created["size"]) == ("text/plain", 15)
    assert created["metadata"] == {"of": "mine"}
    assert life["got"] == created
    assert created in life["listed"]["results"]
    assert life["deleted"] is True
    assert created not in life["after"]["results"]


@pytest.mark.parametrize("kind", ["Buffer", "Blob"])
def test_a_file_as_an_input_is_uploaded_and_named(javascript, server, kind):
    ran = javascript.play("files.asInput", version=STORY, kind=kind, text="Tell me a story")

    assert [(each["path"], each["status"]) for each in ran.requests] == [
        ("/v1/files", 201),
        ("/v1/predictions", 201),
    ]
    url = ran.result["input"]["prompt"]
    assert httpx.get(url, headers=server.authorization).json()["size"] == len("Tell me a story")


def test_a_webhook_is_verified_with_the_clients_own_check(javascript):
    with Receiver() as receiver:
        options = {"version": STORY, "input": INPUT, "webhook": receiver.url}
        created = javascript("predictions.create", options=options)
        message = receiver.completed()

    verified = javascript("webhooks.verify", headers=message.headers, body=message.body.decode())

    assert verified == {"valid": True, "forged": False}
    assert receiver.messages[-1].prediction["id"] == created["id"]
    assert receiver.messages[-1].prediction["output"]


def test_the_secret_has_the_form_that_both_clients_read(javascript):
    key = javascript("webhooks.secret")["key"]

    assert key.startswith("whsec_")
    assert key.count("_") == 1
    assert "-" not in key
