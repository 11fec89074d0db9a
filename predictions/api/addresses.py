"""The URLs that we hand out: absolute, as people reach us."""

from django.conf import settings
from django.http import HttpRequest


def base_url(request: HttpRequest) -> str:
    """`scheme://host`, without a slash at its end."""
    return settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}"
