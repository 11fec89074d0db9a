"""A key ring that opens nothing any more: what needs it fails with a sentence, all else goes on."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from predictions.keyring import Undecipherable
from predictions.models import WebhookSecret
from tests.conftest import copy_of
from tests.running import RunningServer

from .conftest import SETTINGS, ask, settled

MODELS = (
    "from predictions.models import WebhookSecret; from django.contrib.auth.models import User; "
    "ADMIN = User.objects.get(username='admin')"
)
OTHER = "bmV3LW9ubHktZm9yLXRlc3RzLW9ubHktZm9yLXRlc3Q="


@pytest.fixture(scope="module")
def server(first_run, tmp_path_factory, openai_server) -> Iterator[RunningServer]:
    """One that has lost the ring with which it kept an upstream's key and a webhook secret."""
    data_dir = tmp_path_factory.mktemp("server") / "data"
    before = copy_of(first_run, data_dir, SETTINGS)
    add = ("upstream", "add", "openai", openai_server.url, "--name", "box", "--model", "words")
    before.manage(*add, "--key", typed="sk-canary-1\n")
    before.shell(f"{MODELS}; WebhookSecret.keys_of(ADMIN)")
    running = copy_of(first_run, data_dir, SETTINGS | {"KEY_RING": OTHER})
    running.start()
    yield running
    running.kill()


def test_an_upstreams_key_that_cannot_be_read_is_told_and_the_others_answer(server):
    failed = server.ended(server.create("box/words")["id"])
    answered = server.ended(server.create(max_new_tokens=3)["id"])
    tested = server.attempt("upstream", "test", "box")

    assert failed["status"] == "failed"
    assert failed["error"] == "The key of the model's server cannot be read."
    assert answered["status"] == "succeeded"
    assert "key that cannot be decrypted" in server.manage("upstream", "list")
    assert tested.returncode == 1
    assert "CommandError: box: its key cannot be decrypted" in tested.stderr
    assert httpx.get(f"{server.url}/admin/", follow_redirects=True).status_code == 200


def test_a_webhook_that_cannot_be_signed_is_not_sent_until_there_is_a_new_secret(server, receiver):
    (row,) = settled(server, ask(server, receiver.url, ["completed"]))
    secret = server.get("/v1/webhooks/default/secret")

    assert (row["status"], row["attempts"]) == ("failed", 3)
    assert row["error"].startswith("It cannot be signed: KEY_RING does not hold")
    assert receiver.messages == []
    assert (secret.status_code, secret.json()["title"]) == (503, "Service unavailable")
    assert "restore its key ring" in secret.json()["detail"]

    server.shell(f"{MODELS}; WebhookSecret.rotate(ADMIN)")

    (row,) = settled(server, ask(server, receiver.url, ["completed"]))
    assert row["status"] == "delivered"
    assert server.get("/v1/webhooks/default/secret").json()["key"].startswith("whsec_")
    assert receiver.messages[-1].prediction["status"] == "succeeded"


@pytest.mark.django_db
def test_an_older_secret_that_cannot_be_read_signs_no_more(admin_user, settings):
    (kept,) = settings.KEY_RING
    (old,) = WebhookSecret.keys_of(admin_user)
    settings.KEY_RING = [OTHER]
    WebhookSecret.rotate(admin_user)

    (new,) = WebhookSecret.keys_of(admin_user)

    settings.KEY_RING = [OTHER, kept]
    assert WebhookSecret.keys_of(admin_user) == [new, old]


@pytest.mark.django_db
def test_the_newest_secret_is_not_passed_over(admin_user, settings):
    """Receivers that know the new secret only could not tell the message from a forged one."""
    (kept,) = settings.KEY_RING
    WebhookSecret.keys_of(admin_user)
    settings.KEY_RING = [OTHER]
    WebhookSecret.objects.update(expires_at=timezone.now() + timedelta(hours=1))
    WebhookSecret.objects.create(owner=admin_user)
    settings.KEY_RING = [kept]

    with pytest.raises(Undecipherable):
        WebhookSecret.keys_of(admin_user)
