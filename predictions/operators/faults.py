"""What is wrong with an upstream: one sentence for the operator who has to mend it."""

import asyncio
import json
import os
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from predictions import keyring
from predictions.models import Upstream
from predictions.upstreams import Interrupted, Unreadable, UpstreamError, choices, kind_named
from predictions.upstreams.http import Refused, Unreachable

SAID_LENGTH = 300
HANDSHAKE_SECONDS = 3
MESSAGE = re.compile(r'"(?:message|detail|error)":\s*"((?:[^"\\]|\\.)+)')
# OpenSSL's verification results: https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/
CERTIFICATES = {
    9: "is not valid yet (or the clock of this machine is wrong)",
    10: "has expired",
    18: "is self-signed, so nobody vouches for it; SSL_CERT_FILE can name a file that does",
    19: "comes from an authority that this machine does not trust (see SSL_CERT_FILE)",
    20: "comes from an authority that this machine does not trust (see SSL_CERT_FILE)",
    62: "is for another host name",
    64: "is for another address",
}


class Fault(Exception):
    """Its text is one sentence for the operator."""


@dataclass(frozen=True)
class Place:
    """Where an upstream is reached, as far as an error may have to do with it."""

    base_url: str

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).hostname or self.base_url

    @property
    def port(self) -> int:
        parts = urlsplit(self.base_url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def is_tls(self) -> bool:
        return self.base_url.lower().startswith("https:")

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


async def explain(upstream: Upstream, error: UpstreamError) -> str:
    """One sentence about `error`, which a request to `upstream` ended with."""
    url = address(upstream)
    place = Place(url)
    match error:
        case Unreachable():
            sentence = await _unreachable(place, error)
        case Refused():
            sentence = _refused(upstream, place, error)
        case Interrupted():
            sentence = f"the answer broke off without its end marker ({error.detail[:SAID_LENGTH]})"
        case Unreadable(is_page=True):
            sentence = f"{url} is a web page, not {_kind(upstream)}: is the path right?"
        case Unreadable():
            sentence = f"{url} does not answer like {_kind(upstream)}: is the path right?"
        case _:
            sentence = error.message[:1].lower() + error.message[1:].rstrip(".") + _said(error)
    return plain(f"{upstream.name}: {sentence}{'' if sentence[-1] in '.?!…' else '.'}")


def address(upstream: Upstream) -> str:
    """Where it is reached: its own base URL, or the usual one of its kind; "" where it is here."""
    return upstream.base_url or kind_named(upstream.kind).default_url


def of_its_key(upstream: Upstream) -> str:
    """The sentence for a key or headers that no key of the ring opens, else ""."""
    for what, is_read in (("key", lambda: upstream.key), ("headers", lambda: upstream.headers)):
        try:
            is_read()
        except keyring.Undecipherable:
            return (
                f"{upstream.name}: its {what} cannot be decrypted, as KEY_RING does not hold "
                f"the key that encrypted it: restore that key, or enter the {what} again."
            )
    return ""


def key_source(upstream: Upstream) -> str:
    """Where its key comes from, in words: never the key."""
    if upstream.encrypted_key:
        return "key stored" if not of_its_key(upstream) else "key that cannot be decrypted"
    if not upstream.key_env:
        return "no key"
    is_set = bool(os.environ.get(upstream.key_env))
    return f"key in {upstream.key_env}" + ("" if is_set else ", which is not set")


async def _unreachable(place: Place, error: Unreachable) -> str:
    for cause in reversed(list(causes(error))):  # the last one says most
        match cause:
            case socket.gaierror():
                return f"there is no host {place.host} (its name cannot be resolved)"
            case ssl.SSLCertVerificationError():
                trouble = CERTIFICATES.get(cause.verify_code, f"is bad: {cause.verify_message}")
                return f"the certificate of {place} {trouble}"
            case ssl.SSLError(reason="WRONG_VERSION_NUMBER" | "RECORD_LAYER_FAILURE"):
                return f"{place} does not speak TLS: use http:// instead of https://"
            case ssl.SSLError():
                return f"no TLS connection with {place}: {cause.reason or cause}"
            case ConnectionRefusedError():
                return f"nothing listens at {place} (connection refused): is the server running?"
            case TimeoutError():
                seconds = f"{settings.CONNECT_TIMEOUT:g} s"
                return f"no connection to {place} within {seconds}: is the address right?"
    if not place.is_tls and await asyncio.to_thread(_speaks_tls, place):
        return f"{place} speaks TLS: use https:// instead of http://"
    return f"{place} broke the connection before it answered ({_shortened(error.detail)})"


def _refused(upstream: Upstream, place: Place, error: Refused) -> str:
    status, said = f"HTTP {error.status}", _said(error)
    match error.status:
        case 401 | 403:
            return _refused_key(upstream, status) + said
        case 404:
            return f"there is nothing at {address(upstream)} ({status}): is the path right?"
        case 429:
            wait = f", try again in {error.retry_after:.0f} s" if error.retry_after else ""
            return f"it is busy, or the quota is used up ({status}{wait}){said}"
        case status_number if status_number >= 500:
            return f"the server failed ({status}){said}"
        case status_number if status_number < 400:
            return f"{address(upstream)} sends us elsewhere ({status}): use where it moved to"
        case 400 if not place.is_tls and "https" in error.detail.lower():
            return f"{place} speaks TLS: use https:// instead of http://"
    return f"the server did not accept the request ({status}){said}"


def _refused_key(upstream: Upstream, status: str) -> str:
    if upstream.encrypted_key:
        return f"the server refused the key that is stored here ({status})"
    if not upstream.key_env:
        return f"the server refused us without a key ({status}): give one with --key or --key-env"
    if os.environ.get(upstream.key_env):
        return f"the server refused the key in {upstream.key_env} ({status})"
    return f"the server wants a key ({status}), but {upstream.key_env} is not set here"


def _kind(upstream: Upstream) -> str:
    title = dict(choices())[upstream.kind]
    return f"{'an' if title[0] in 'AEIOU' else 'a'} {title}"


def _said(error: UpstreamError) -> str:
    """What the server said, as one short line, where that is made for people to read."""
    text = error.detail.removeprefix(f"HTTP {getattr(error, 'status', '')}: ")
    try:
        text = _message(json.loads(text))
    except (
        ValueError,
        RecursionError,
    ):  # a page, a line, or JSON that was too long to be kept whole
        if found := MESSAGE.search(text):
            text = found[1]
        elif text.lstrip()[:1] in {"<", "{"}:
            return ""
    text = _shortened(text).rstrip(".")
    return f": {text}" if text and text != f"HTTP {getattr(error, 'status', '')}" else ""


def _message(said: object) -> str:
    while isinstance(said, dict):
        said = said.get("error") or said.get("message") or said.get("detail")
    return said if isinstance(said, str) else ""


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SAID_LENGTH else f"{line[:SAID_LENGTH]}…"


def plain(text: str) -> str:
    """One line for a terminal, whose cursor and words nothing that a server sent moves."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it came from, the last cause last."""
    seen: set[int] = set()
    while error and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _speaks_tls(place: Place) -> bool:
    """Whether a TLS handshake succeeds there, whatever its certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection((place.host, place.port), HANDSHAKE_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=place.host),
        ):
            return True
    except OSError:
        return False
