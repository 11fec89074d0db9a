"""What the pages have in common: their gate, their sidebar, the queue, what a script asks for."""

from functools import wraps
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.views.decorators.cache import cache_control

from chatapp.models import Conversation
from chatapp.sidebar import count_wanted, listing

UNDO = "undo"  # the session's key for what was deleted on the page before


def chat_page(view):
    """Private to the visitor, never kept by a cache; asks for login where the site wants it."""
    page = cache_control(private=True, no_cache=True)(view)

    @wraps(view)
    def guarded(request, *args, **kwargs):
        guard = login_required(page) if settings.CHAT_REQUIRE_LOGIN else page
        return guard(request, *args, **kwargs)

    return guarded


def conversation_of(request: HttpRequest, conversation_id) -> Conversation:
    """One of whoever asks; everybody else's is a 404."""
    mine = Conversation.objects.for_request(request).select_related("version__model")
    return get_object_or_404(mine, id=conversation_id)


def shelf(request: HttpRequest, conversation: Conversation | None) -> dict:
    """The list, with `conversation` marked as the one on the page."""
    listed = Conversation.objects.for_request(request).listed()
    count = count_wanted(request.GET.get("count"))
    return {"conversation": conversation, "listing": listing(listed, count)}


def sidebar(request: HttpRequest, conversation: Conversation | None = None) -> dict:
    """What is around a page: the list, and what was just deleted."""
    return {
        **shelf(request, conversation),
        "deleted": _just_deleted(request),
        "temporary_hours": settings.CHAT_TEMPORARY_HOURS,
    }


def _just_deleted(request: HttpRequest) -> Conversation | None:
    """What was deleted on the page before, to be offered back once."""
    if UNDO not in request.session or wants_json(request):
        return None
    id = request.session.pop(UNDO)
    return Conversation.objects.deleted_for_request(request).filter(id=id).first()


def queue_of(conversation: Conversation) -> dict:
    """What the queue shows; should its time have come without anybody noticing, it goes on."""
    waiting = list(conversation.queue.all())
    if waiting:
        conversation.go_on()  # or somebody else has it go on, just now
        waiting = list(conversation.queue.all())
    return {"queue": waiting, "running": conversation.running}


def queue_reply(request: HttpRequest, conversation: Conversation, **more) -> HttpResponse:
    """The queue as it is now: for the script, or the whole page for a form."""
    if not wants_json(request):
        return redirect(conversation)
    html = render_to_string("partials/_queue.html", queue_of(conversation), request)
    return JsonResponse({"queue": html, "message_id": uuid4(), **more})


def wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")
