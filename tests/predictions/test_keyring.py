"""The key ring: the first key encrypts, all decrypt, and what no key opens is said to be so."""

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from chatapp import environment
from predictions import keyring

NEW, OLD, OTHER = (Fernet.generate_key().decode() for _ in range(3))


@pytest.fixture
def ring(settings):
    def use(*keys: str) -> None:
        settings.KEY_RING = list(keys)

    use(NEW, OLD)
    return use


@pytest.mark.parametrize("text", ["sk-1", "ü 🦙 \n", "x" * 10_000])
def test_what_goes_in_comes_out_and_is_not_to_be_seen(ring, text):
    token = keyring.encrypt(text)

    assert keyring.decrypt(token) == text
    assert text not in token
    assert keyring.encrypt(text) != token


def test_nothing_stays_nothing(ring):
    assert (keyring.encrypt(""), keyring.decrypt("")) == ("", "")


def test_the_first_key_encrypts(ring):
    token = keyring.encrypt("secret")

    assert Fernet(NEW).decrypt(token.encode()) == b"secret"
    ring(OLD)
    with pytest.raises(keyring.Undecipherable):
        keyring.decrypt(token)


def test_a_ring_is_renewed_without_a_moment_in_which_a_text_cannot_be_read(ring):
    ring(OLD)
    token = keyring.encrypt("secret")

    ring(NEW, OLD)
    assert keyring.decrypt(token) == "secret"
    renewed = keyring.renewed(token)

    ring(NEW)
    assert keyring.decrypt(renewed) == "secret"


@pytest.mark.parametrize("token", ["nonsense", "gAAAAA", "🦙"])
def test_what_no_key_opens_is_said_without_repeating_it(ring, token):
    with pytest.raises(keyring.Undecipherable, match="KEY_RING does not hold the key") as caught:
        keyring.decrypt(token)
    assert token not in str(caught.value)


def test_a_token_of_another_ring_is_not_opened(ring):
    with pytest.raises(keyring.Undecipherable):
        keyring.decrypt(Fernet(OTHER).encrypt(b"secret").decode())


@pytest.mark.parametrize(
    "broken", ["short", NEW[:-4], NEW[:-1] + "AAAA=", "ü" * 44], ids=["short", "cut", "long", "odd"]
)
def test_a_ring_of_nonsense_is_refused_without_repeating_it(monkeypatch, broken):
    monkeypatch.setenv("KEY_RING", f"{OLD},{broken}")

    with pytest.raises(ImproperlyConfigured, match="KEY_RING must hold Fernet keys") as caught:
        environment.key_ring()
    assert broken not in str(caught.value)
    assert OLD not in str(caught.value)
