from datetime import UTC, datetime

import pytest

from predictions import catalogue
from predictions.models import LanguageModel, Upstream, Version
from predictions.models.catalogue import is_handle
from predictions.upstreams import FoundModel
from predictions.upstreams.schemas import streaming_schema

pytestmark = pytest.mark.django_db
SCHEMA = streaming_schema({"prompt": {"type": "string"}}, ("prompt",))


@pytest.fixture
def upstream():
    return Upstream.objects.create(name="box", kind="openai", base_url="http://127.0.0.1:1/v1")


def names() -> list[str]:
    return [str(model) for model in LanguageModel.objects.all()]


def test_installing_twice_is_installing_once():
    catalogue.install()
    catalogue.install()

    assert names() == ["meta/llama-2-70b-chat", "rivulet/demo"]
    assert Version.objects.count() == 3


def test_the_versions_of_the_post_are_there_and_stream():
    catalogue.install()
    version = Version.objects.get(
        id="2c1608e18606fad2812020dc541930f2d0495ce32eee50074220b87300bc16e1"
    )

    assert (version.streams, version.prompt_template) == (True, "llama-2")
    assert "not Llama 2" in version.model.description
    prediction = version.predict({"prompt": "Tell me a story", "stream": True})
    assert prediction.input == {"prompt": "Tell me a story"}


def test_installing_again_keeps_what_an_operator_changed(upstream):
    catalogue.install()
    LanguageModel.objects.update(description="Mine")
    Version.objects.update(upstream=upstream, openapi_schema=SCHEMA)
    catalogue.install()

    assert set(LanguageModel.objects.values_list("description", flat=True)) == {"Mine"}
    assert set(Version.objects.values_list("upstream__name", flat=True)) == {"box"}
    assert Version.objects.first().openapi_schema == SCHEMA


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("gpt-4o", "gpt-4o"),
        ("meta-llama/Llama-3.1:free", "meta-llama-llama-3.1-free"),
        ("/models/My Model.gguf", "models-my-model.gguf"),
        ("C:\\models\\x", "c-models-x"),
        ("模型", "model"),
        ("x" * 300, "x" * 128),
    ],
)
def test_any_name_becomes_a_handle(upstream, name, shown):
    model, *_ = catalogue.sync(upstream, [FoundModel(name, SCHEMA)])

    is_handle(model.name)
    assert str(model) == f"box/{shown}"
    assert model.versions.get().upstream_model == name


def test_names_that_become_the_same_are_told_apart(upstream):
    found = [FoundModel(name, SCHEMA) for name in ("a/b", "a:b", "A/B", "模型", "型模")]
    catalogue.sync(upstream, found)
    catalogue.sync(upstream, found)

    assert names() == ["box/a-b", "box/a-b-2", "box/a-b-3", "box/model", "box/model-2"]


def test_a_changed_schema_updates_its_version(upstream):
    catalogue.sync(upstream, [FoundModel("a", SCHEMA)])
    changed = streaming_schema({"text": {"type": "string"}})
    catalogue.sync(upstream, [FoundModel("a", changed)])

    assert Version.objects.get().openapi_schema == changed


def test_an_address_is_known_however_it_is_written(upstream):
    assert catalogue.upstream_at("http://localhost:1/v1/") == upstream
    assert catalogue.upstream_at("http://127.0.0.1:2/v1") is None


POST = catalogue.LLAMA_VERSIONS
CREATED = datetime(2023, 7, 18, tzinfo=UTC)


@pytest.fixture
def replicate():
    return Upstream.objects.create(name="far", kind="replicate", base_url="http://127.0.0.1:3/v1")


def llama(version_id: str, owner: str = "meta", model: str = "llama-2-70b-chat") -> FoundModel:
    return FoundModel(
        f"{owner}/{model}:{version_id}",
        SCHEMA,
        description="The real one.",
        owner=owner,
        model=model,
        version_id=version_id,
        created_at=CREATED,
    )


def test_an_upstreams_own_names_versions_and_dates_are_kept(replicate):
    model, *_ = catalogue.sync(replicate, [llama("ab" * 32, model="Llama-3")])
    catalogue.sync(replicate, [llama("ab" * 32, model="Llama-3")])

    version = model.versions.get()
    assert (str(model), version.id, version.created_at) == ("meta/llama-3", "ab" * 32, CREATED)
    assert version.upstream_model == f"meta/Llama-3:{'ab' * 32}"


def test_the_demo_gives_its_place_to_the_model_itself_and_takes_it_again(replicate):
    catalogue.install()
    catalogue.sync(replicate, [llama(id) for id in POST])
    catalogue.install()

    model = LanguageModel.objects.get(owner="meta")
    assert set(model.versions.values_list("upstream__name", flat=True)) == {"far"}
    assert model.description == "The real one."

    model.versions.first().predict({"prompt": "Hi"})
    assert catalogue.remove(replicate) == "Removed far."
    model.refresh_from_db()
    assert set(model.versions.values_list("upstream__name", flat=True)) == {"demo"}
    assert model.description == catalogue.LLAMA


def test_where_only_some_versions_are_there_the_rest_are_said_to_be_stand_ins(replicate):
    catalogue.install()
    catalogue.sync(replicate, [llama(POST[0])])

    model = LanguageModel.objects.get(owner="meta")
    assert model.description == f"The real one. {catalogue.PARTLY}"

    catalogue.sync(replicate, [llama(id) for id in POST])
    model.refresh_from_db()
    assert model.description == "The real one."


def test_a_version_of_another_upstream_is_not_taken_from_it(upstream, replicate):
    catalogue.sync(upstream, [llama("ab" * 32)])
    models = catalogue.sync(replicate, [llama("ab" * 32), llama("cd" * 32, model="other")])

    assert [str(model) for model in models] == ["meta/other"]
    assert Version.objects.get(id="ab" * 32).upstream == upstream


def test_a_model_of_another_upstream_does_not_change_under_its_name(upstream, replicate):
    catalogue.sync(upstream, [FoundModel("words", SCHEMA)])
    models = catalogue.sync(replicate, [llama("ab" * 32, owner="box", model="words")])

    assert [str(model) for model in models] == ["far/box-words"]


@pytest.mark.parametrize("name", ["a\0b", "half \ud83e", "", "x" * 501])
def test_a_model_whose_name_cannot_be_kept_is_passed_over(upstream, name):
    models = catalogue.sync(upstream, [FoundModel(name, SCHEMA), FoundModel("good", SCHEMA)])

    assert [str(model) for model in models] == ["box/good"]


def test_what_the_database_cannot_keep_of_a_model_is_replaced(upstream):
    schema = streaming_schema({"a": {"type": "string", "title": "nul \0 and half \ud83e"}})
    catalogue.sync(upstream, [FoundModel("m", schema, description="nul \0, half \ud83e")])

    version = Version.objects.select_related("model").get()
    assert version.model.description == "nul \ufffd, half \ufffd"
    assert version.input_schema["properties"]["a"]["title"] == "nul \ufffd and half \ufffd"


def test_a_list_without_end_is_taken_only_so_far(upstream, monkeypatch):
    monkeypatch.setattr(catalogue, "MOST_MODELS", 3)

    assert len(catalogue.sync(upstream, [FoundModel(f"m{n}", SCHEMA) for n in range(9)])) == 3
