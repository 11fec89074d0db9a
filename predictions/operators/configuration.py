"""What operators enter about an upstream, checked the same way for the command and the admin."""

import re
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError

from predictions import keyring
from predictions.models import Upstream
from predictions.upstreams import kind_named

HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a token: RFC 9110, 5.6.2
OURS = {"host", "content-length", "content-type", "transfer-encoding", "connection", "accept"}


def clean_address(kind: str, url: str) -> str:
    """The base URL as it is kept: without its last slash; "" where the kind needs none, or has one.

    Raises ValidationError.
    """
    url = url.strip().rstrip("/")
    if not url and (kind == "demo" or kind_named(kind).default_url):
        return url
    if kind == "demo":
        raise ValidationError("The demo is built in: it has no URL.")
    try:
        parts = urlsplit(url)
        is_plain = parts.hostname and parts.port != 0 and not (parts.query or parts.fragment)
        is_plain = is_plain and not re.search(r"\s", url)
    except ValueError:
        is_plain = False
    if is_plain and "@" in parts.netloc:
        raise ValidationError("The URL must not hold a password: it is shown to operators.")
    if not is_plain or parts.scheme not in {"http", "https"}:
        shown = "" if "@" in url else f", not {url!r}"
        raise ValidationError(f"The URL must be like http://127.0.0.1:11434/v1{shown}.")
    return url


def clean_key(key: str) -> str:
    """Raises ValidationError, which does not repeat it."""
    key = key.strip()
    if not (key.isascii() and key.isprintable()):
        raise ValidationError("A key is one line of letters, digits and signs (ASCII).")
    return key


def clean_headers(lines: list[str]) -> dict[str, str]:
    """Headers by name from lines like `Name: value`; "" is the value of one that is to go.

    Raises ValidationError, which repeats no value.
    """
    headers = {}
    for number, line in enumerate(filter(str.strip, lines), 1):
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not colon or not HEADER_NAME.fullmatch(name):
            raise ValidationError(f"Header {number} must be like `Name: value`.")
        if name.lower() in OURS:
            raise ValidationError(f"The header {name} is for us to set.")
        if not (value.isascii() and value.isprintable()):
            raise ValidationError(f"The value of {name} must be letters, digits and signs (ASCII).")
        headers[name] = value
    return headers


def change_headers(upstream: Upstream, changes: dict[str, str]) -> None:
    """Set these beside those it has, whatever the case of their names; one without a value goes.
    Those that cannot be decrypted any more go, too."""
    try:
        headers = upstream.headers
    except keyring.Undecipherable:
        headers = {}
    changed = {name.lower() for name in changes}
    kept = {name: value for name, value in headers.items() if name.lower() not in changed}
    upstream.headers = kept | {name: value for name, value in changes.items() if value}


def check_fallback(upstream: Upstream, fallback: Upstream | None) -> None:
    """Raises ValidationError."""
    if fallback is not None and fallback.pk == upstream.pk is not None:
        raise ValidationError("An upstream cannot stand in for itself.")
