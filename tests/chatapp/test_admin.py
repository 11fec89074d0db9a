import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from chatapp.models import Conversation, Transcript
from predictions.models import (
    ApiToken,
    Deployment,
    File,
    LanguageModel,
    Prediction,
    Upstream,
    Version,
    WebhookDelivery,
    WebhookSecret,
)

from .conftest import end

HOSTILE = "<img src=x onerror=alert(1)>"
MODELS = [
    *(ApiToken, Deployment, File, LanguageModel, Prediction, Transcript, Upstream, Version),
    *(WebhookDelivery, WebhookSecret),
]


@pytest.fixture
def everything(conversation, admin_user):
    """One of each, saying hostile things."""
    end(conversation.ask(HOSTILE), HOSTILE, status="failed", error=HOSTILE)
    ApiToken.make(admin_user, HOSTILE)
    upload = SimpleUploadedFile(HOSTILE, HOSTILE.encode(), "text/html")
    file = File.keep(admin_user, upload, {HOSTILE: HOSTILE})
    version = conversation.version
    Deployment.objects.create(
        owner=admin_user, name=HOSTILE, version=version, input={HOSTILE: 1}, hardware=HOSTILE
    )
    WebhookDelivery.objects.create(
        prediction=Prediction.objects.get(), event="completed", url=HOSTILE, error=HOSTILE
    )
    WebhookSecret.keys_of(admin_user)
    yield
    file.content.delete(save=False)


@pytest.mark.parametrize("model", MODELS)
def test_every_page_loads_and_hostile_text_stays_text(model, everything, admin_client):
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    urls = [reverse(f"{name}_changelist"), reverse(f"{name}_changelist") + "?q=x"]
    urls.append(reverse(f"{name}_change", args=[model.objects.first().pk]))

    for url in urls:
        response = admin_client.get(url)
        assert response.status_code == 200
        assert HOSTILE not in response.content.decode()
        assert not re.search(r"<script(?![^>]*(src=|json))", response.content.decode())


def test_a_transcript_shows_what_was_said(everything, admin_client):
    url = reverse("admin:chatapp_transcript_change", args=[Conversation.objects.get().pk])

    assert admin_client.get(url).content.decode().count("&lt;img src=x onerror=alert(1)&gt;") >= 3


def test_a_tokens_hash_is_not_shown(everything, admin_client):
    token = ApiToken.objects.get()

    page = admin_client.get(reverse("admin:predictions_apitoken_change", args=[token.pk]))

    assert token.hash not in page.content.decode()


@pytest.mark.parametrize("model", [Transcript, Prediction, File])
def test_what_was_said_cannot_be_changed(model, rf, admin_user):
    request = rf.get("/")
    request.user = admin_user

    assert not admin.site._registry[model].has_change_permission(request)
    assert not admin.site._registry[model].has_add_permission(request)


def test_a_transcript_can_be_deleted_with_its_predictions(everything, admin_client):
    url = reverse("admin:chatapp_transcript_delete", args=[Conversation.objects.get().pk])

    response = admin_client.post(url, {"post": "yes"})

    assert response.status_code == 302
    assert not Conversation.objects.exists()
    assert not Prediction.objects.exists()


def test_a_file_can_be_deleted_and_its_content_goes_too(
    everything, admin_client, django_capture_on_commit_callbacks
):
    file = File.objects.get()
    assert file.content.storage.exists(file.id)

    with django_capture_on_commit_callbacks(execute=True):
        admin_client.post(reverse("admin:predictions_file_delete", args=[file.pk]), {"post": "yes"})

    assert not File.objects.exists()
    assert not file.content.storage.exists(file.id)


def test_a_deployment_is_made_and_changed_in_the_admin(version, admin_client, admin_user):
    fields = {"owner": admin_user.pk, "name": "calm", "version": version.pk, "hardware": ""}
    fields |= {"min_instances": 0, "max_instances": 1}
    add = reverse("admin:predictions_deployment_add")

    refused = admin_client.post(add, fields | {"input": '{"prompt": 7}'})
    admin_client.post(add, fields | {"input": '{"prompt": "Hi", "unknown": 1}'})
    deployment = Deployment.objects.get()
    change = reverse("admin:predictions_deployment_change", args=[deployment.pk])
    admin_client.post(change, fields | {"input": '{"prompt": "Ho"}'})

    assert "prompt must be of type string" in refused.content.decode()
    assert deployment.input == {"prompt": "Hi"}
    deployment.refresh_from_db()
    assert (deployment.input, deployment.release) == ({"prompt": "Ho"}, 2)


@pytest.mark.parametrize(("codename", "is_stopped"), [("view", False), ("change", True)])
def test_only_who_may_change_predictions_stops_them(codename, is_stopped, conversation, client):
    prediction = conversation.ask("Hello").prediction
    reviewer = User.objects.create_user("reviewer", is_staff=True)
    granted = [f"{verb}_prediction" for verb in {"view", codename}]
    reviewer.user_permissions.set(Permission.objects.filter(codename__in=granted))
    client.force_login(reviewer)

    desk = reverse("admin:predictions_prediction_changelist")
    client.post(desk, {"action": "cancel", "_selected_action": [prediction.pk]})

    prediction.refresh_from_db()
    assert (prediction.cancel_requested_at is not None) == is_stopped
