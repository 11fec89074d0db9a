"""What says whose visit it is, signed and without a word of it.

A frame's requests carry a token, which it holds in memory. A ticket gets the next token: the
frame's own storage keeps it as long as the visit lasts. Where a browser forbids a frame to keep
anything, the page around it does; that ticket is good for half an hour, from the same address and
browser alone, since a script on that page could send it elsewhere.
"""

from datetime import timedelta
from uuid import UUID

from django.core import signing
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from chatapp import limits
from chatapp.models import EmbedSite, EmbedVisit

SCHEME = "Visitor "  # of the Authorization header
TOKEN, TICKET, HANDED, PREVIEW = (
    f"chatapp.embed.{kind}" for kind in ("token", "ticket", "handed", "preview")
)
LIFETIMES = {
    TOKEN: timedelta(hours=1),
    TICKET: timedelta(days=7),
    HANDED: timedelta(minutes=30),
    PREVIEW: timedelta(hours=12),
}


def token(visit: EmbedVisit) -> str:
    return signing.dumps(visit.id.hex, salt=TOKEN)


def ticket(visit: EmbedVisit) -> str:
    """For the frame's own storage."""
    return signing.dumps(visit.id.hex, salt=TICKET)


def handed(visit: EmbedVisit, request: HttpRequest) -> str:
    """For the page around the frame."""
    return signing.dumps(f"{visit.id.hex} {_browser(request)}", salt=HANDED)


def visit_of(text: str) -> EmbedVisit | None:
    """The visit that a token names, if it is still open."""
    return _visit(_read(text, TOKEN))


def resumed(text: str, request: HttpRequest) -> EmbedVisit | None:
    """The visit that a ticket (or a token, which a full window is given) names."""
    if id := _read(text, TICKET) or _read(text, TOKEN):
        return _visit(id)
    id, _, browser = _read(text, HANDED).partition(" ")
    return _visit(id) if browser == _browser(request) else None


def preview(site: EmbedSite) -> str:
    """Lets our own admin show the site's frame, and have it talk for a while."""
    return signing.dumps(site.key, salt=PREVIEW)


def is_preview(site: EmbedSite, text: str) -> bool:
    return _read(text, PREVIEW) == site.key


def _read(text: str, salt: str) -> str:
    try:
        return signing.loads(text, salt=salt, max_age=LIFETIMES[salt])
    except signing.BadSignature:
        return ""


def _visit(id: str) -> EmbedVisit | None:
    return EmbedVisit.objects.open().filter(id=UUID(id)).first() if id else None


def _browser(request: HttpRequest) -> str:
    seen = f"{limits.address_of(request)} {request.headers.get('User-Agent', '')}"
    return salted_hmac(HANDED, seen, algorithm="sha256").hexdigest()[:32]
