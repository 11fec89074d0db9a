"""Web origins as a site's list has them: exact, one a line (RFC 6454, section 6.2)."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest

MOST = 50
HOST = re.compile(r"(?!.*\.\.)[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\]")
DEFAULT_PORTS = {"http": 80, "https": 443}


def normalized(text: str) -> str:
    """`https://EXAMPLE.org:443/` as browsers say it: `https://example.org`. Raises ValueError, with
    a sentence, for whatever is not one origin: a wildcard, a path, a bare host."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode() if ":" not in parts.netloc[:1] else ""
    except (ValueError, UnicodeError):
        raise ValueError(f"{text}: an origin is like https://www.example.org.") from None
    host = f"[{parts.hostname}]" if parts.netloc.startswith("[") else host
    if "*" in text:
        raise ValueError(f"{text}: name each origin; there are no wildcards.")
    if parts.scheme not in DEFAULT_PORTS or not HOST.fullmatch(host) or "@" in parts.netloc:
        raise ValueError(f"{text}: an origin is like https://www.example.org.")
    if parts.path.strip("/") or parts.query or parts.fragment or text.endswith(("?", "#")):
        raise ValueError(f"{text}: an origin ends with the host, or its port.")
    is_default = port in {None, DEFAULT_PORTS[parts.scheme]}
    return f"{parts.scheme}://{host}" + ("" if is_default else f":{port}")


def listed(text: str) -> list[str]:
    """The origins of such a text, each once. Raises ValueError."""
    lines = [normalized(line) for line in text.splitlines() if line.strip()]
    if len(lines) > MOST:
        raise ValueError(f"These are {len(lines)} origins; {MOST} is the most.")
    return list(dict.fromkeys(lines))


def validate(text: str) -> None:
    try:
        listed(text)
    except ValueError as error:
        raise ValidationError(str(error)) from error


def is_ours(request: HttpRequest) -> bool:
    """Whether one of our own pages asks, or no browser at all: browsers tell which page does (Fetch
    Metadata), and for all but GET its origin."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    return site in {"same-origin", "none"} and (origin is None or origin in ours(request))


def ours(request: HttpRequest) -> set[str]:
    """Our own origins: a proxy may end TLS, and not say so. Raises DisallowedHost."""
    host = request.get_host()
    return {f"http://{host}", f"https://{host}", *settings.CSRF_TRUSTED_ORIGINS}
