"""What waits for the end of an answer: sent now, taken back into the box, or removed."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from chatapp.models import QueuedTurn

from .conversations import page_of
from .pages import chat_page, queue_reply, wants_json


@chat_page
@require_POST
def send_queued(request: HttpRequest, turn_id) -> HttpResponse:
    turn = _turn(request, turn_id)
    turn.send_now()
    return queue_reply(request, turn.conversation)


@chat_page
@require_POST
def edit_queued(request: HttpRequest, turn_id) -> HttpResponse:
    """Out of the queue and back into the box."""
    turn = _turn(request, turn_id)
    attachments = [str(attachment.id) for attachment in turn.attachments.all()]
    if not turn.remove():
        raise Http404("It was asked meanwhile.")
    if wants_json(request):
        return queue_reply(request, turn.conversation, text=turn.text, attachments=attachments)
    return page_of(request, turn.conversation, text=turn.text)


@chat_page
@require_POST
def remove_queued(request: HttpRequest, turn_id) -> HttpResponse:
    turn = _turn(request, turn_id)
    turn.remove()
    return queue_reply(request, turn.conversation)


def _turn(request: HttpRequest, turn_id) -> QueuedTurn:
    return get_object_or_404(QueuedTurn.objects.for_request(request), id=turn_id)
