"""What waits for the end of an answer: sent now, taken back into the box, or removed."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from chatapp.models import QueuedTurn

from .conversations import page_of
from .pages import chat_page, queue_reply, wants_json

VERBS = {"send": QueuedTurn.send_now, "remove": QueuedTurn.remove}


@chat_page
@require_POST
def change(request: HttpRequest, turn_id, verb: str) -> HttpResponse:
    """Send it now, or remove it."""
    turn = _turn(request, turn_id)
    VERBS[verb](turn)
    return queue_reply(request, turn.conversation)


@chat_page
@require_POST
def edit(request: HttpRequest, turn_id) -> HttpResponse:
    """Out of the queue and back into the box, with its files."""
    turn = _turn(request, turn_id)
    files = list(turn.attachments.all())
    if not turn.remove():
        raise Http404("It was asked meanwhile.")
    if not wants_json(request):
        return page_of(request, turn.conversation, text=turn.text, files=files)
    html = [render_to_string("partials/_file.html", {"file": file}, request) for file in files]
    return queue_reply(request, turn.conversation, text=turn.text, files="".join(html))


def _turn(request: HttpRequest, turn_id) -> QueuedTurn:
    return get_object_or_404(QueuedTurn.objects.for_request(request), id=turn_id)
