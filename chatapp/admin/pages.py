"""The review desk's pages in the admin: who may see one, and what is on each of them."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

VIEW = "chatapp.view_transcript"
REVIEW = "chatapp.review_transcript"
EXPORT = "chatapp.export_transcript"
REDACT = "chatapp.redact_transcript"
ERASE = "chatapp.erase_person"
STOP = "predictions.change_prediction"
AUDIT = "chatapp.view_auditentry"
CHANGE_EMBED = "chatapp.change_embedsite"

# What the desk is made of: title, the URL's name, who sees it.
TABS = [
    ("Transcripts", "chatapp_transcript_changelist", VIEW),
    ("Inbox", "desk_inbox", REVIEW),
    ("Live", "desk_live", VIEW),
    ("Usage", "desk_usage", VIEW),
    ("People", "desk_people", ERASE),
    ("Embed sites", "chatapp_embedsite_changelist", "chatapp.view_embedsite"),
    ("Retention", "chatapp_retentionrule_changelist", "chatapp.view_retentionrule"),
    ("Audit log", "chatapp_auditentry_changelist", AUDIT),
]

View = Callable[..., HttpResponse]


def desk_page(*permissions: str) -> Callable[[View], View]:
    """For staff who have all of these; others are asked to log in, or refused (403)."""

    def wrap(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            if not request.user.has_perms(permissions):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return admin.site.admin_view(checked)

    return wrap


def context(request: HttpRequest, title: str, here: str = "", **more: object) -> dict:
    """What every page of the desk needs. `here` is the URL's name of its tab."""
    return {
        **admin.site.each_context(request),
        "title": title,
        "tabs": tabs(request, here),
        "hides_contents": settings.CHAT_HIDE_CONTENTS,
        **more,
    }


def tabs(request: HttpRequest, here: str = "") -> list[dict]:
    """Those that whoever asks may open: `title`, `url`, `is_here`."""
    return [
        {"title": title, "url": reverse(f"admin:{name}"), "is_here": name == here}
        for title, name, permission in TABS
        if request.user.has_perm(permission)
    ]
