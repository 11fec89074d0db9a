"""The official Python client: what there is (models, …) and what its user owns (files, …)."""

import io

import pytest
from replicate.exceptions import ReplicateError
from replicate.pagination import paginate
from replicate.webhook import InvalidSignatureError, Webhooks

from tests.receiver import Receiver
from tests.running import STORY

from .contract import INPUT, MODEL


def test_models_are_found_by_name_by_page_and_by_words(replicate):
    model = replicate.models.get(MODEL)
    listed = [each.id for page in paginate(replicate.models.list) for each in page]
    found = replicate.models.search("llama")

    assert model.id == MODEL
    assert model.visibility == "public"
    assert model.url.endswith(MODEL)
    assert {MODEL, "rivulet/demo"} <= set(listed)
    assert [each.id for each in found] == [MODEL]


def test_versions_have_a_schema_that_streams(replicate):
    versions = replicate.models.get(MODEL).versions

    listed = versions.list()
    version = versions.get(STORY)

    assert STORY in [each.id for each in listed]
    assert version.openapi_schema["components"]["schemas"]["Output"]["x-cog-array-display"]
    assert version.openapi_schema["components"]["schemas"]["Input"]["required"] == ["prompt"]


def test_collections_have_models(replicate):
    listed = replicate.collections.list()

    collection = replicate.collections.get(listed[0].slug)

    assert len(collection) > 0
    assert collection[0].owner


def test_hardware_and_the_account_are_told(replicate):
    assert replicate.hardware.list()[0].sku
    account = replicate.accounts.current()
    assert (account.type, account.username) == ("user", "admin")


def test_a_deployment_lives_from_its_creation_to_its_end(replicate):
    config = {"hardware": "cpu", "min_instances": 0, "max_instances": 1}
    created = replicate.deployments.create(name="py", model=MODEL, version=STORY, **config)

    got = replicate.deployments.get(created.id)
    updated = replicate.deployments.update("admin", "py", max_instances=2)
    waited = got.predictions.create(input=INPUT, wait=7)
    named = replicate.deployments.predictions.create("admin/py", input=INPUT)
    listed = replicate.deployments.list()

    assert created.id == "admin/py"
    assert got.current_release.version == STORY
    assert got.current_release.number == 1
    assert updated.current_release.number == 2
    assert updated.current_release.configuration.max_instances == 2
    assert len(waited.output) == 5
    assert named.version == STORY
    assert [each.id for each in listed] == ["admin/py"]
    named.wait()
    assert replicate.deployments.delete("admin", "py")
    assert len(replicate.deployments.list()) == 0


# files


def test_a_file_lives_from_its_upload_to_its_end(replicate, tmp_path):
    (tmp_path / "poem.txt").write_text("The river runs.")

    created = replicate.files.create(tmp_path / "poem.txt", metadata={"of": "mine"})
    got = replicate.files.get(created.id)
    listed = replicate.files.list()

    assert (created.name, created.content_type, created.size) == ("poem.txt", "text/plain", 15)
    assert len(created.checksums["sha256"]) == 64
    assert created.metadata == {"of": "mine"}
    assert got == created
    assert created.id in [each.id for each in listed]
    assert replicate.files.delete(created.id)
    with pytest.raises(ReplicateError):
        replicate.files.get(created.id)


def test_a_file_as_an_input_is_uploaded_and_named(replicate, requests):
    file = io.BytesIO(b"Tell me a story")

    created = replicate.predictions.create(version=STORY, input=INPUT | {"prompt": file})

    assert requests.paths == ["/v1/files", "/v1/predictions"]
    assert created.input["prompt"] == replicate.files.list()[0].urls["get"]


# webhooks


def test_a_webhook_is_verified_with_the_clients_own_check(replicate):
    secret = replicate.webhooks.default.secret()
    with Receiver() as receiver:
        replicate.predictions.create(
            version=STORY,
            input=INPUT,
            webhook=receiver.url,
            webhook_events_filter=["completed"],
        )
        message = receiver.completed()

    headers, body = message.headers, message.body.decode()
    Webhooks.validate(headers=headers, body=body, secret=secret, tolerance=300)
    with pytest.raises(InvalidSignatureError):
        Webhooks.validate(headers=headers, body=body + " ", secret=secret)
    assert [each.prediction["status"] for each in receiver.messages] == ["succeeded"]
