"""The demo's page: somebody else's, on another origin than the chat that is in it."""

from csp.decorators import csp_update
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from chatapp.embed import demo


@require_GET
def demo_host(request: HttpRequest) -> HttpResponse:
    both, site = demo.origins(), demo.site()
    if both is None or site is None:
        raise Http404
    chat, host = both
    if f"{request.scheme}://{request.get_host()}" != host:
        return redirect(host + request.get_full_path())
    page = csp_update({"script-src": [chat], "frame-src": [chat]})(render)
    return page(request, "host.html", {"site": site, "chat": chat, "host": host})
