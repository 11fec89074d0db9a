"""The secrets of embed sites move with the key ring, as all that is encrypted does."""

import io

import pytest
from django.core.management import call_command

from chatapp.models import EmbedSite
from predictions import keyring

pytestmark = pytest.mark.django_db
NEW = "bmV3LW9ubHktZm9yLXRlc3RzLW9ubHktZm9yLXRlc3Q="


def rekey() -> tuple[str, str]:
    told, errors = io.StringIO(), io.StringIO()
    call_command("upstream", "rekey", stdout=told, stderr=errors)
    return told.getvalue(), errors.getvalue()


def test_rekey_encrypts_both_secrets_with_the_rings_first_key(settings):
    (old,) = settings.KEY_RING
    site = EmbedSite.objects.create(name="shop")
    site.renew_secret()
    secrets = site.secrets

    settings.KEY_RING = [NEW, old]
    assert rekey() == ("Encrypted anew with the first key of KEY_RING: 2.\n", "")

    settings.KEY_RING = [NEW]
    site.refresh_from_db()
    assert len(secrets) == 2
    assert site.secrets == secrets


def test_a_secret_that_no_key_opens_is_named_and_stays(settings):
    (old,) = settings.KEY_RING
    site = EmbedSite.objects.create(name="shop")
    secrets = site.secrets

    settings.KEY_RING = [NEW]
    told, errors = rekey()

    assert told == "Encrypted anew with the first key of KEY_RING: 0.\n"
    assert errors == (
        "No key of KEY_RING opens the secret of the embed site shop: it stays as it is.\n"
    )
    settings.KEY_RING = [old]
    site.refresh_from_db()
    assert site.secrets == secrets


def test_a_new_secret_is_the_way_out_where_no_key_opens_the_old_one(settings):
    site = EmbedSite.objects.create(name="shop")
    settings.KEY_RING = [NEW]
    with pytest.raises(keyring.Undecipherable):
        _ = site.secrets

    secret = site.renew_secret()

    assert site.secrets == [secret]
