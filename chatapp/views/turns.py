"""The turns of a conversation as a script asks for them: what has changed, earlier, later ones."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from chatapp import turns

from .pages import chat_page, conversation_of, queue_of


@chat_page
@require_GET
def state(request: HttpRequest, conversation_id) -> JsonResponse:
    """What a page that is open compares itself with; `turns` are [id, mark] of the newest, `stop`
    is where the answer that is being written is stopped.

    That a conversation is gone (or somebody else's, which is the same) is such a state, too.
    """
    try:
        conversation = conversation_of(request, conversation_id)
    except Http404:
        return JsonResponse({"gone": True})
    waiting = queue_of(conversation)  # which may go on now
    running = waiting["running"]
    return JsonResponse(
        {
            "title": conversation.title,
            "turns": list(turns.marks(conversation).items()),
            "queue": render_to_string("partials/_queue.html", waiting, request),
            "stop": running.stop_url if running else "",
        }
    )


@chat_page
@require_GET
def some(request: HttpRequest, conversation_id) -> HttpResponse:
    """Turns by their ids, `?ids=…,…`; those that are gone are left out."""
    conversation = conversation_of(request, conversation_id)
    try:
        ids = [UUID(id) for id in request.GET.get("ids", "").split(",")[: turns.MOST]]
    except ValueError as error:
        raise Http404 from error
    return _fragment(request, conversation, turns.some(conversation, ids))


@chat_page
@require_GET
def before(request: HttpRequest, conversation_id, message_id) -> HttpResponse:
    conversation = conversation_of(request, conversation_id)
    return _fragment(request, conversation, turns.before(conversation, message_id))


@chat_page
@require_GET
def after(request: HttpRequest, conversation_id, message_id) -> HttpResponse:
    conversation = conversation_of(request, conversation_id)
    return _fragment(request, conversation, turns.after(conversation, message_id))


def _fragment(request: HttpRequest, conversation, part: turns.Turns | None) -> HttpResponse:
    if part is None:
        raise Http404
    return render(request, "partials/_turns.html", {"conversation": conversation, "part": part})
