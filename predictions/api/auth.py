"""Who asks: `Authorization: Bearer <token>` or `Token <token>`, the scheme in any case."""

from django.http import HttpRequest

from predictions.models import ApiToken


def token_owner(request: HttpRequest):
    """The owner of the request's API token, or None. Cookies do not count here: no CSRF either."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() not in {"bearer", "token"} or not text.strip():
        return None
    token = ApiToken.find(text.strip())
    return token.owner if token and token.owner.is_active else None
