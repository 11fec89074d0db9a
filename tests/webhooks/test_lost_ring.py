"""A key ring that opens nothing any more: what needs it fails with a sentence, all else goes on."""

import json
from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from predictions.keyring import Undecipherable
from predictions.models import WebhookSecret
from tests.receiver import Receiver
from tests.servers import OpenAIServer

from .conftest import SETTINGS, ask, settled

OTHER = "bmV3LW9ubHktZm9yLXRlc3RzLW9ubHktZm9yLXRlc3Q="


def test_what_needs_the_ring_says_so_and_the_rest_goes_on(make_server):
    with OpenAIServer() as upstream, Receiver() as receiver:
        before = make_server(**SETTINGS)
        add = ("upstream", "add", "openai", upstream.url, "--name", "box", "--model", "words")
        before.manage(*add, "--key", typed="sk-canary-1\n")
        settled(before, ask(before, receiver.url))
        before.kill()

        server = make_server(**SETTINGS, KEY_RING=OTHER)

        # An upstream's key
        ended = server.ended(server.create("box/words")["id"])
        assert (ended["status"], ended["error"]) == (
            "failed",
            "The key of the model's server cannot be read.",
        )
        assert server.ended(server.create(max_new_tokens=3)["id"])["status"] == "succeeded"
        assert "key that cannot be decrypted" in server.manage("upstream", "list")
        tested = server.attempt("upstream", "test", "box")
        assert tested.returncode == 1
        assert "CommandError: box: its key cannot be decrypted" in tested.stderr
        assert httpx.get(f"{server.url}/admin/", follow_redirects=True).status_code == 200

        # The secret of webhooks
        heard = len(receiver.messages)
        (row,) = settled(server, ask(server, receiver.url, ["completed"]))
        assert (row["status"], row["attempts"]) == ("failed", 3)
        assert row["error"].startswith("It cannot be signed: KEY_RING does not hold")
        assert len(receiver.messages) == heard
        secret = server.get("/v1/webhooks/default/secret")
        assert (secret.status_code, secret.json()["title"]) == (503, "Service unavailable")
        assert "restore its key ring" in secret.json()["detail"]

        # A new secret mends that
        server.shell(
            "from predictions.models import *; from django.contrib.auth.models import User; "
            "WebhookSecret.rotate(User.objects.get(username='admin'))"
        )
        (row,) = settled(server, ask(server, receiver.url, ["completed"]))
        assert row["status"] == "delivered"
        assert server.get("/v1/webhooks/default/secret").json()["key"].startswith("whsec_")
        assert json.loads(receiver.messages[-1].body)["status"] == "succeeded"


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
