"""Fine-tuned versions: made by command or in the admin, with the schema of their base."""

import io

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse

from predictions import catalogue
from predictions.models import ApiToken, Deployment, LanguageModel, Upstream, Version
from predictions.upstreams import FoundModel
from predictions.upstreams.schemas import streaming_schema

pytestmark = pytest.mark.django_db
LLAMA = "meta/llama-2-70b-chat"
SCHEMA = streaming_schema({"text": {"type": "string"}}, ("text",))


@pytest.fixture(autouse=True)
def installed():
    catalogue.install()


@pytest.fixture
def box() -> Upstream:
    return Upstream.objects.create(name="box", kind="openai", base_url="http://127.0.0.1:1/v1")


def run(*arguments: str) -> str:
    output = io.StringIO()
    call_command("versions", *arguments, stdout=output)
    return output.getvalue()


def add(name: str = "me/pirate", base: str = LLAMA, *more: str) -> Version:
    run("add", name, "--base", base, *more)
    return Version.objects.named(name)


def test_a_fine_tuned_version_has_its_bases_schema_and_streams():
    base = Version.objects.named(LLAMA)
    Version.objects.filter(id=base.id).update(cog_version="0.9.9")

    version = add()

    assert version.base == base
    assert version.schema == base.openapi_schema
    assert version.openapi_schema == {}
    assert (version.upstream, version.upstream_model) == (base.upstream, "demo")
    assert (version.prompt_template, version.cog_version) == ("llama-2", "0.9.9")
    assert version.streams
    assert version in Version.objects.streaming()
    assert version.predict({"prompt": "Hi", "unknown": 1}).input == {"prompt": "Hi"}


def test_it_may_run_elsewhere_under_a_name_of_its_own(box):
    version = add("me/pirate", LLAMA, "--upstream", "box", "--upstream-model", "pirate-7b")

    assert (version.upstream, version.upstream_model) == (box, "pirate-7b")
    assert version.id == Version.id_for("box", "pirate-7b")


def test_ids_are_distinct_where_versions_run_the_same_model():
    ids = {add(name).id for name in ("me/one", "me/two", "you/one")}

    assert len(ids) == 3
    assert all(len(id) == 64 for id in ids)
    assert not ids & {Version.id_for("demo", "demo")}


def test_adding_the_same_twice_is_an_error_that_changes_nothing():
    add()

    with pytest.raises(CommandError, match="This fine-tuned version is there already: me/pirate:"):
        run("add", "me/pirate", "--base", LLAMA)
    assert Version.objects.filter(model__owner="me").count() == 1


def test_a_model_may_have_several_fine_tuned_versions(box):
    first = add()
    second = add("me/pirate", LLAMA, "--upstream", "box")

    assert first.model == second.model
    assert first != second


def test_a_base_that_is_fine_tuned_stands_for_its_own_base():
    first = add()

    second = add("me/captain", "me/pirate")

    assert second.base == first.base


def test_a_base_cannot_be_given_a_base():
    base = add().base
    base.base = Version.objects.named("rivulet/demo")

    with pytest.raises(ValidationError, match="is a base itself"):
        base.save()


def test_a_version_cannot_be_its_own_base():
    version = Version.objects.named("rivulet/demo")
    version.base = version

    with pytest.raises(ValidationError, match="is a base itself"):
        version.save()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("me/pirate", "--base", "no/such"), "There is no version no/such"),
        (("me/pirate", "--base", "0" * 64), "There is no version 000"),
        (("me/pirate", "--base", LLAMA, "--upstream", "nowhere"), "There is no upstream nowhere"),
        (("pirate", "--base", LLAMA), "This field cannot be blank"),
        (("Me/My Pirate", "--base", LLAMA), "Use lower-case letters"),
    ],
)
def test_what_cannot_be_added_is_a_sentence_and_nothing_is_kept(arguments, sentence):
    before = LanguageModel.objects.count()

    with pytest.raises(CommandError, match=sentence):
        run("add", *arguments)
    assert LanguageModel.objects.count() == before


def test_versions_are_listed_with_their_bases():
    version = add()

    lines = run("list").splitlines()

    assert f"{version}: demo, fine-tuned from {version.base}, streams" in lines
    assert f"{version.base}: demo, streams" in lines
    assert len(lines) == Version.objects.count()


@pytest.mark.parametrize(
    "reference",
    ["{0.id}", "{0.model}:{0.id}", "{0.model}", "{0}"],
    ids=["id", "name and id", "name", "as it is listed"],
)
def test_a_version_is_removed_by_any_name_and_its_model_with_the_last(reference):
    version = add()

    assert run("remove", reference.format(version)) == f"Removed {version}.\n"
    assert not LanguageModel.objects.filter(owner="me").exists()


def test_a_model_stays_while_it_has_other_versions(box):
    add()
    second = add("me/pirate", LLAMA, "--upstream", "box")

    run("remove", second.id)

    assert Version.objects.named("me/pirate").upstream.name == "demo"


def test_a_version_that_is_needed_stays(admin_user):
    version = add()
    Deployment.objects.create(owner=admin_user, name="mine", version=version)
    version.predict({"prompt": "Hi"})

    with pytest.raises(CommandError, match="there are predictions and deployments of it"):
        run("remove", version.id)
    with pytest.raises(CommandError, match="there are fine-tuned versions of it"):
        run("remove", version.base_id)
    with pytest.raises(CommandError, match="There is no version me/other"):
        run("remove", f"me/other:{version.id[:12]}")
    assert Version.objects.filter(id__in=[version.id, version.base_id]).count() == 2


# Upstreams


def test_an_upstream_goes_with_its_own_fine_tuned_versions(box):
    catalogue.sync(box, [FoundModel("a", SCHEMA)])
    add("me/pirate", "box/a")

    assert catalogue.remove(box) == "Removed box."
    assert not LanguageModel.objects.filter(owner__in=["box", "me"]).exists()


def test_an_upstream_with_deployments_or_bases_of_others_is_disabled(box, admin_user):
    catalogue.sync(box, [FoundModel(name, SCHEMA) for name in ("a", "b", "c")])
    add("me/pirate", "box/a", "--upstream", "demo")
    Deployment.objects.create(owner=admin_user, name="x", version=Version.objects.named("box/b"))

    said = catalogue.remove(box)

    assert said == (
        "Disabled box: its deployments and fine-tuned versions are kept, "
        "and so are the models that they name."
    )
    assert [str(model) for model in LanguageModel.objects.filter(owner="box")] == ["box/a", "box/b"]
    box.refresh_from_db()
    assert not box.enabled
    assert Version.objects.named("me/pirate").predict({"text": "Ahoy"})


def test_finding_a_fine_tuned_model_again_leaves_it_as_it_is(box):
    catalogue.sync(box, [FoundModel("a", SCHEMA)])
    version = add("me/pirate", "box/a", "--upstream-model", "tuned")

    (model,) = catalogue.sync(box, [FoundModel("tuned", streaming_schema({}))])

    version.refresh_from_db()
    assert model == version.model
    assert (version.schema, version.openapi_schema) == (SCHEMA, {})


# The admin


def test_a_fine_tuned_version_is_added_in_the_admin(admin_client):
    base, model = Version.objects.named(LLAMA), LanguageModel.objects.create(owner="me", name="x")
    url = reverse("admin:predictions_version_add")
    fields = {"model": model.id, "base": base.id, "upstream": "", "upstream_model": ""}

    assert admin_client.get(url).status_code == 200
    response = admin_client.post(url, fields)
    again = admin_client.post(url, fields)

    version = model.versions.get()
    assert response.status_code == 302
    assert (version.base, version.upstream, version.upstream_model) == (base, base.upstream, "demo")
    assert len(version.id) == 64
    assert "is there already" in again.content.decode()


@pytest.mark.parametrize("missing", ["base", "model"])
def test_the_admins_form_says_what_is_missing(admin_client, missing):
    model = LanguageModel.objects.create(owner="me", name="x")
    fields = {"model": model.id, "base": Version.objects.named(LLAMA).id} | {missing: ""}

    response = admin_client.post(reverse("admin:predictions_version_add"), fields)

    assert response.status_code == 200
    assert "This field is required" in response.content.decode()
    assert not model.versions.exists()


def test_a_version_is_changed_in_the_admin_but_for_its_base(admin_client, box):
    version = add()
    url = reverse("admin:predictions_version_change", args=[version.pk])
    fields = {
        "model": version.model_id,
        "upstream": box.id,
        "upstream_model": "other",
        "prompt_template": "",
        "cog_version": "0.23.1",
        "openapi_schema": "{}",
        "base": "",
        "prices-TOTAL_FORMS": 0,
        "prices-INITIAL_FORMS": 0,
    }

    assert str(version.base) in admin_client.get(url).content.decode()
    assert admin_client.post(url, fields).status_code == 302

    changed = Version.objects.get(id=version.id)
    assert (changed.upstream, changed.upstream_model, changed.base) == (box, "other", version.base)


def test_a_models_links_are_kept_in_the_admin(admin_client):
    model = LanguageModel.objects.get(name="demo")
    url = reverse("admin:predictions_languagemodel_change", args=[model.pk])
    page = admin_client.get(url).content.decode()

    for name in ("github_url", "paper_url", "license_url", "cover_image_url"):
        assert f'name="{name}"' in page


# Few queries


@pytest.mark.parametrize("place", ["chat", "predictions", "models", "versions in the admin"])
def test_a_list_asks_as_often_for_many_versions_as_for_one(
    place, admin_client, django_assert_num_queries, django_assert_max_num_queries
):
    owner = User.objects.get(username="admin")
    token = {"Authorization": f"Bearer {ApiToken.make(owner, 'x')}"}
    path, headers = {
        "chat": ("/", {}),
        "predictions": ("/v1/predictions", token),
        "models": ("/v1/models", token),
        "versions in the admin": (reverse("admin:predictions_version_changelist"), {}),
    }[place]

    def more() -> None:
        name = f"me/pirate-{LanguageModel.objects.count()}"
        add(name).predict({"prompt": "Hi"}, owner=owner, status="succeeded")

    more()
    admin_client.get(path, headers=headers)
    with django_assert_max_num_queries(30) as asked:
        assert b"me/pirate-2" in admin_client.get(path, headers=headers).content
    more()
    more()

    with django_assert_num_queries(len(asked.captured_queries)):
        assert b"me/pirate-4" in admin_client.get(path, headers=headers).content
