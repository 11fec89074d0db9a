"""What a model gets for a file that its input names: a signed URL, which needs no token and is good
for as long as a run may take. The stored input keeps the file's own URL.

Who keeps files elsewhere names them by a scheme of their own, and says here how one is opened.
"""

import re
import time
from collections.abc import Callable, Iterator
from urllib.parse import quote, urlencode

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http.request import split_domain_port, validate_host

from predictions.models import File

FILE_URL = re.compile(r"(https?://([^/\s?#]+))/v1/files/([a-z2-7]{26})")
MARGIN = 300  # seconds that a download may begin after the longest run's end

# By scheme: opens a name, or returns None for one that is not valid.
_openers: dict[str, Callable[[str], str | None]] = {}


def open_with(scheme: str, opener: Callable[[str], str | None]) -> None:
    """Have `opener` say what a model gets (a URL, a data: URI) for a `scheme:…` in an input."""
    _openers[scheme] = opener


def is_named_elsewhere(value: object) -> bool:
    """Whether a string in `value` has one of those schemes."""
    return any(True for _ in _named_elsewhere(value))


def with_opened(input: dict) -> dict:
    """`input` with what models get for those; what cannot be opened stays."""
    opened = {name: _openers[name.partition(":")[0]](name) for name in _named_elsewhere(input)}
    return _replaced(input, {name: found for name, found in opened.items() if found is not None})


def _named_elsewhere(value: object) -> Iterator[str]:
    for text in _texts(value):
        scheme, colon, _ = text[:40].partition(":")
        if colon and scheme in _openers:
            yield text


def with_downloads(input: dict, owner_id: int | None) -> dict:
    """`input` with each `urls.get` of a file of that owner's as a URL that the model can open."""
    named = {found[0]: found for found in named_files(input)}
    ids = {found[3] for found in named.values()}
    files = File.objects.kept().filter(owner=owner_id).in_bulk(ids)
    downloads = {
        url: download_url(found[1], files[found[3]])
        for url, found in named.items()
        if found[3] in files
    }
    return _replaced(input, downloads) if downloads else input


def named_files(value: object) -> Iterator[re.Match]:
    """The strings in `value` that are the URL of a file here, whoever owns it."""
    for text in _texts(value):
        if (found := FILE_URL.fullmatch(text)) and _is_here(found[1], found[2]):
            yield found


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts(item)
        case dict():
            yield from _texts(list(value.values()))


def download_url(base_url: str, file: File) -> str:
    """The capability. It ends in the file's name, for models that look at its extension."""
    expires = int(time.time() + settings.RUN_TIMEOUT) + MARGIN
    signature = _signer().signature(f"{file.id} {expires}")
    query = urlencode({"expires": expires, "signature": signature})
    return f"{base_url}/v1/files/{file.id}/download/{quote(file.name, safe='')}?{query}"


def may_download(file_id: str, expires: str, signature: str) -> bool:
    """Whether that is a signature of ours, and its time has not passed."""
    try:
        _signer().unsign(f"{file_id} {expires}:{signature}")
    except BadSignature:
        return False
    return time.time() < int(expires)


def _signer() -> Signer:
    return Signer(salt="predictions.files")


def _is_here(origin: str, host: str) -> bool:
    if settings.PUBLIC_URL:
        return origin == settings.PUBLIC_URL
    return validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


def _replaced(value: object, replacements: dict[str, str]) -> object:
    match value:
        case str():
            return replacements.get(value, value)
        case list():
            return [_replaced(item, replacements) for item in value]
        case dict():
            return {name: _replaced(item, replacements) for name, item in value.items()}
    return value
