"""What a model gets for a file that its input names: a signed URL, which needs no token and is good
for as long as a run may take. The stored input keeps the file's own URL."""

import re
import time
from collections.abc import Iterator
from urllib.parse import quote, urlencode

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http.request import split_domain_port, validate_host

from predictions.models import File

FILE_URL = re.compile(r"(https?://([^/\s?#]+))/v1/files/([a-z2-7]{26})")
MARGIN = 300  # seconds that a download may begin after the longest run's end


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
    match value:
        case str():
            if (found := FILE_URL.fullmatch(value)) and _is_here(found[1], found[2]):
                yield found
        case list():
            for item in value:
                yield from named_files(item)
        case dict():
            yield from named_files(list(value.values()))


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
