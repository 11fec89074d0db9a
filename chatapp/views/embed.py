"""The embed's two documents: the script on somebody else's page, and the page in the frame.

Neither looks at a cookie or sets one. The frame may be shown by the pages of the site's list alone.
"""

import json
import re
from functools import cache
from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language_from_request, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from chatapp import embed
from chatapp.compression import compressed
from chatapp.embed import origins, tokens
from chatapp.models import EmbedSite
from chatapp.rendering import render as render_markdown
from predictions.inputs import fit

PLACEHOLDER = '"SITE"'
FOR_READERS = re.compile(  # remarks, how lines are set, and what may stand beside a sign
    r"^\s*//.*\n| // .*$|^\s+|(?<=[:;,{}=>&|?])[ \n]| (?=[{}=&|?])|;(?=\s*})", re.M
)
MINUTES = 5  # for which browsers may keep the script, and so a site's looks


@require_GET
@vary_on_headers("Accept-Language")
def loader(request: HttpRequest) -> HttpResponse:
    """The script for a site's pages, with what its launcher needs to know."""
    site = find(request.GET.get("site", ""))
    if site is None:
        sentence = "There is no such embed site: copy the snippet again from its page in the admin."
        return HttpResponse(sentence, status=404, content_type="text/plain; charset=utf-8")
    with override(language_of(request)):
        config = None if site.paused else _launcher(request, site)
    told = json.dumps(config, ensure_ascii=False, separators=(",", ":"))
    # A line separator ends a line of an old script; the rest is for whoever inlines this.
    told = told.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("<", "\\u003c")
    response = HttpResponse(
        script().replace(PLACEHOLDER, told),
        content_type="text/javascript; charset=utf-8",
    )
    response["Cache-Control"] = f"public, max-age={MINUTES * 60}"
    response["Access-Control-Allow-Origin"] = "*"  # it is the same for all, and may be checked
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return compressed(request, response)


@require_GET
def frame(request: HttpRequest, key: str) -> HttpResponse:
    """The page in the frame: the same for everybody. Who is there it finds out by itself."""
    site = find(key)
    if site is None:
        raise Http404
    is_preview = tokens.is_preview(site, request.GET.get("preview", ""))
    framing = [SELF] if is_preview else site.allowed or [NONE]
    language = language_of(request)
    context = {
        "site": site,
        "scheme": site.scheme,
        "allowed": [*site.allowed, *sorted(origins.ours(request))],
        "preview": request.GET["preview"] if is_preview else "",
        "nonce": request.csp_nonce,
        "is_panel": "panel" in request.GET,
        "blank": {"role": "user", "status": "sending"},
    }
    with override(language):
        context |= {"greeting": render_markdown(site.greeting), "placeholder": _("Write a message")}
        # Without the request: what else a page may have of it looks at cookies.
        response = HttpResponse(render_to_string("embed.html", context))
    response.xframe_options_exempt = framing != [NONE]  # it knows no lists
    response["Cache-Control"] = "private, no-cache"
    response["Content-Language"] = language
    framed = csp_replace({"frame-ancestors": framing, "style-src": [SELF, NONCE]})
    return framed(lambda request: compressed(request, response))(request)


def find(key: str) -> EmbedSite | None:
    found = EmbedSite.objects.filter(key=fit(key))
    return found.select_related("model", "version__model", "version__upstream").first()


def language_of(request: HttpRequest) -> str:
    """What the page around it asks for, else what the visitor's browser prefers."""
    asked = request.GET.get("language", "").lower()
    return asked if asked in dict(settings.LANGUAGES) else get_language_from_request(request)


def _launcher(request: HttpRequest, site: EmbedSite) -> dict:
    return {
        "key": site.key,
        "title": site.shown_title,
        "label": site.launcher or _("Open the chat"),
        "close": _("Close the chat"),
        "failed": _("The chat could not be loaded."),
        "retry": _("Try again"),
        "unread": _("%s new"),
        "accent": site.accent,
        "on": site.theme["on_accent"],
        "radius": site.radius,
        "position": site.position,
        "scheme": site.scheme,
        "language": language_of(request) if "language" in request.GET else "",
    }


@cache
def script() -> str:
    """The loader without what only its readers need: pages of others wait for it. No string in it
    may have a space beside a sign."""
    return FOR_READERS.sub("", (Path(embed.__file__).parent / "loader.js").read_text())
