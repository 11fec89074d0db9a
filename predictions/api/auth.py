"""Who asks, and may they: `Authorization: Bearer <token>` or `Token <token>`, in any case."""

from django.http import HttpRequest
from ninja.security.base import AuthBase

from predictions.models import ApiToken

from . import throttling
from .problems import Problem

READING = {"GET", "HEAD", "OPTIONS", "QUERY"}


class BearerToken(AuthBase):
    """`request.auth` becomes the token's owner. Cookies do not count here: no CSRF either."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __call__(self, request: HttpRequest):
        token = find_token(request)
        if token is None:
            return None
        throttling.admit(request, token.owner)
        if not may(token, request):
            verb = "read" if request.method in READING else "write"
            raise Problem(403, "Forbidden", f"This API token is not allowed to {verb}.")
        return token.owner


def token_owner(request: HttpRequest):
    """The owner of the request's API token, or None where there is none that may do this."""
    token = find_token(request)
    return token.owner if token and may(token, request) else None


def find_token(request: HttpRequest) -> ApiToken | None:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() not in {"bearer", "token"} or not text.strip():
        return None
    if token := ApiToken.find(text.strip()):
        token.note_use()
    return token


def may(token: ApiToken, request: HttpRequest) -> bool:
    return token.can_read if request.method in READING else token.can_write
