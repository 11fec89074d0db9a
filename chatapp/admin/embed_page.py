"""What the page of an embed site shows beside its form: how to put it somewhere, a preview, what
was said there of late and how long that is kept, and whether its secret can be read.
"""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chatapp.desk import pruning
from chatapp.embed import tokens
from chatapp.models import EmbedSite, Summary, Transcript
from predictions import keyring
from predictions.api.addresses import base_url

from .columns import Columns, Page, url_of
from .pages import CHANGE_EMBED, VIEW

RECENT = 10


def told(request: HttpRequest, site: EmbedSite) -> dict:
    may_change = request.user.has_perm(CHANGE_EMBED)
    origin = base_url(request)
    return {
        "site": site,
        "may_change": may_change,
        "origin": origin,
        "tag": script_tag(origin, site),
        "frame": frame(origin, site),
        # Whoever chats there spends: not for those who may only look.
        "preview_url": preview_url(site) if may_change else "",
        "answered_by": site.current_version,
        "has_secret": has_secret(site),
        **retention(request, site),
        **transcripts(request, site),
    }


def script_tag(origin: str, site: EmbedSite) -> SafeString:
    return format_html('<script async src="{}/embed.js?site={}"></script>', origin, site.key)


def frame(origin: str, site: EmbedSite) -> SafeString:
    return format_html(
        '<iframe src="{}{}" title="{}" width="400" height="600" style="border: 0"'
        ' allow="clipboard-write"></iframe>',
        origin,
        site.get_absolute_url(),
        site.shown_title,
    )


def preview_url(site: EmbedSite) -> str:
    return f"{site.get_absolute_url()}?{urlencode({'preview': tokens.preview(site)})}"


def has_secret(site: EmbedSite) -> bool:
    """Whether it can be read: where it cannot, nobody is known by it."""
    try:
        return bool(site.secrets)
    except keyring.Undecipherable:
        return False


def retention(request: HttpRequest, site: EmbedSite) -> dict:
    """The rule by which its conversations go, where there is one, and where to change that."""
    rule = next(iter(pruning.rules(site.name)), None)
    is_own = bool(rule and rule.pk)
    verb = "change" if is_own else "add"
    url = reverse(f"admin:chatapp_retentionrule_{verb}", args=[rule.pk] if is_own else [])
    url = url if is_own else f"{url}?{urlencode({'site': site.name})}"
    is_allowed = request.user.has_perm(f"chatapp.{verb}_retentionrule")
    return {"rule": rule, "is_own_rule": is_own, "rule_url": url if is_allowed else ""}


def transcripts(request: HttpRequest, site: EmbedSite) -> dict:
    """The newest, as the list of transcripts shows them, to whoever may read that."""
    if not request.user.has_perm(VIEW):
        return {"may_read": False}
    newest = Summary.objects.filter(site=site.name).order_by("-last_activity", "-pk")
    ids = list(newest.values_list("pk", flat=True)[:RECENT])
    shown = Columns()
    rows = [
        {
            "transcript": each,
            "url": url_of(each),
            "title": shown.titled(each),
            "status": shown.status(each),
            "last_activity": shown.last_activity(each),
        }
        for each in Page(Transcript.objects.there(), ids).transcripts
    ]
    listed = f"{reverse('admin:chatapp_transcript_changelist')}?{urlencode({'site': site.name})}"
    return {"may_read": True, "transcripts": rows, "transcripts_url": listed}
