"""The key ring: what must be read again but not lie about in clear (upstreams' keys, webhook
secrets) is encrypted with it. Fernet: https://github.com/fernet/spec

KEY_RING holds one or more keys: the first encrypts, all decrypt, so that a ring can be renewed.
"""

from typing import NamedTuple

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db.models import Model


class Kept(NamedTuple):
    """A column of encrypted texts, and what one of them is, in words, with a {} for its row."""

    model: type[Model]
    field: str
    what: str


_kept: list[Kept] = []


class Undecipherable(Exception):
    """The text was encrypted with a key that is not on the ring (any more)."""

    def __init__(self) -> None:
        super().__init__("KEY_RING does not hold the key with which this was encrypted.")


def encrypt(text: str) -> str:
    """A Fernet token (URL-safe base64) of `text`; "" stays ""."""
    return _ring().encrypt(text.encode()).decode() if text else ""


def decrypt(token: str) -> str:
    """The text of a token. Raises Undecipherable."""
    try:
        return _ring().decrypt(token.encode()).decode() if token else ""
    except InvalidToken as error:
        raise Undecipherable from error


def renewed(token: str) -> str:
    """The same text under the ring's first key. Raises Undecipherable."""
    return encrypt(decrypt(token))


def keep(model: type[Model], field: str, what: str) -> None:
    """From now on `upstream rekey` looks after this column, too."""
    _kept.append(Kept(model, field, what))


def kept() -> list[Kept]:
    return list(_kept)


def _ring() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.KEY_RING])
