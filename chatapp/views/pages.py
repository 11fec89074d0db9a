"""What the pages have in common: their gate, their sidebar, what a script asks for."""

from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.views.decorators.cache import cache_control

from chatapp.models import Conversation
from chatapp.sidebar import grouped_by_date


def chat_page(view):
    """Private to the visitor, never kept by a cache; asks for login where the site wants it."""
    page = cache_control(private=True, no_cache=True)(view)

    @wraps(view)
    def guarded(request, *args, **kwargs):
        guard = login_required(page) if settings.CHAT_REQUIRE_LOGIN else page
        return guard(request, *args, **kwargs)

    return guarded


def sidebar(request: HttpRequest, conversation: Conversation | None = None) -> dict:
    """What the sidebar shows, with `conversation` marked as the one on the page."""
    conversations = Conversation.objects.for_request(request)
    return {"conversation": conversation, "groups": grouped_by_date(conversations)}


def wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")
