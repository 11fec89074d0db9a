"""What the pages have in common: their gate, their sidebar, the queue, what a script asks for."""

from functools import wraps
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
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


def queue_of(conversation: Conversation) -> dict:
    """What the queue shows; should its time have come without anybody noticing, it goes on."""
    waiting = list(conversation.queue.all())
    if waiting and conversation.go_on():
        waiting = list(conversation.queue.all())
    return {"queue": waiting, "is_answering": bool(waiting and conversation.running)}


def queue_html(request: HttpRequest, conversation: Conversation) -> str:
    return render_to_string("partials/_queue.html", queue_of(conversation), request)


def queue_reply(request: HttpRequest, conversation: Conversation, **more) -> HttpResponse:
    """The queue as it is now: for the script, or the whole page for a form."""
    if not wants_json(request):
        return redirect(conversation)
    html = queue_html(request, conversation)
    return JsonResponse({"queue": html, "message_id": uuid4(), **more})


def wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")
