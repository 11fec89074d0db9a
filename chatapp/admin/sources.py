"""What was said as it was said: the raw text of a message, a file that goes with it."""

from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from chatapp.desk import audit
from chatapp.models import Attachment, AuditEntry, Message, Transcript
from chatapp.views.attachments import HEADERS, content_of

from .pages import VIEW, desk_page


@desk_page(VIEW)
@require_safe
def text(request: HttpRequest, message_id: UUID) -> HttpResponse:
    _refuse_where_hidden()
    there = Message.objects.filter(conversation__in=Transcript.objects.there()).with_words()
    message = get_object_or_404(there.select_related("conversation"), id=message_id)
    details = {"message": str(message_id), "of": "its text"}
    audit.record(request.user, AuditEntry.Verb.READ, message.conversation, **details)
    body = message.body.encode(errors="replace")  # lone surrogates, which UTF-8 has not
    return HttpResponse(body, content_type="text/plain; charset=utf-8", headers=HEADERS)


@desk_page(VIEW)
@require_safe
def file(request: HttpRequest, attachment_id: UUID) -> HttpResponse:
    """An image is part of the page that shows it; opening another file is a look of its own."""
    _refuse_where_hidden()
    there = Attachment.objects.filter(message__conversation__in=Transcript.objects.there())
    found = there.defer("text").select_related("message__conversation")
    found = get_object_or_404(found, id=attachment_id)
    if not found.is_image:
        details = {"message": str(found.message_id), "of": "a file"}
        audit.record(request.user, AuditEntry.Verb.READ, found.message.conversation, **details)
    return get_conditional_response(request, etag=f'"{found.id}"', response=content_of(found))


def _refuse_where_hidden() -> None:
    if settings.CHAT_HIDE_CONTENTS:
        raise PermissionDenied


urls = [
    path("messages/<uuid:message_id>/text/", text, name="desk_text"),
    path("files/<uuid:attachment_id>/", file, name="desk_file"),
]
