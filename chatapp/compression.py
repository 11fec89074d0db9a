"""Compressing what has no secret in it. (Django's own pads each answer, against BREACH.)"""

import gzip

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers


def compressed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The response, as gzip where the browser takes that."""
    patch_vary_headers(response, ["Accept-Encoding"])
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response.content = gzip.compress(response.content, mtime=0)
        response["Content-Encoding"] = "gzip"
    return response
