"""The words of the scripts, in the language of the page."""

from functools import cache
from hashlib import sha256

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.i18n import JavaScriptCatalog

from chatapp.compression import compressed

CATALOGUE = JavaScriptCatalog.as_view(packages=["chatapp"])


def words(request: HttpRequest) -> HttpResponse:
    """`?<language>-<digest>`: kept for a year by browsers, for its address changes with it."""
    code, _, asked = request.META["QUERY_STRING"].rpartition("-")
    if code not in dict(settings.LANGUAGES):
        code = translation.get_language()
    with translation.override(code):
        response = CATALOGUE(request)
    is_known = asked == digest(code)
    kept = "public, max-age=31536000, immutable" if is_known else "no-cache"
    response.headers["Cache-Control"] = kept
    return compressed(request, response)


@cache
def digest(code: str) -> str:
    """Of what a language's scripts say."""
    files = sorted(settings.LOCALE_PATHS[0].glob(f"{translation.to_locale(code)}/*/djangojs.mo"))
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
