"""A frame's visit: resumed by its ticket, or begun, for whom the page around it vouches."""

from django.http import HttpRequest

from chatapp.models import EmbedSite, EmbedVisit

from . import identity, origins, tokens


class NotWelcome(Exception):
    """The page around the frame is not on the site's list (any more)."""


def arrive(
    site: EmbedSite,
    request: HttpRequest,
    *,
    ticket: str = "",
    vouched: str = "",
    host: str = "",
    preview: str = "",
    begin: bool = False,
) -> EmbedVisit | None:
    """The visit that goes on; a new one where somebody else is vouched for, or where one is to
    begin; else None. Raises NotWelcome, NotVouchedFor."""
    is_preview = tokens.is_preview(site, preview)
    refuse_strangers(site, request, host)
    visit = tokens.resumed(ticket, request)
    if visit and (visit.site_id != site.id or (is_preview and not visit.is_preview)):
        visit = None  # nor is what was said in earnest continued where all is temporary
    if vouched:
        subject = identity.subject_of(site, vouched, known=visit.subject if visit else "")
        if visit and visit.subject == subject:
            return visit
        if visit:
            visit.end()
        return EmbedVisit.objects.begin(site, subject, host=host, is_preview=is_preview)
    if visit is None and begin:
        return EmbedVisit.objects.begin(site, host=host, is_preview=is_preview)
    return visit


def refuse_strangers(site: EmbedSite, request: HttpRequest, host: str) -> None:
    """`host` is what the frame knows of the page around it: its origin, "" for nothing. (Whether a
    page may show the frame at all is up to the browser, which was sent the list.)"""
    if host and host not in {*site.allowed, *origins.ours(request)}:
        raise NotWelcome
