"""Files that go with a message: uploaded before it is sent, shown to their owner afterwards."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chatapp.models import Attachment
from chatapp.models.attachments import AttachmentRefused
from chatapp.models.owned import whoever_asks

from .pages import chat_page

# What was uploaded may be hostile: no page of it is ever shown, and none runs on our origin.
HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@chat_page
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Keep the part `file` for the next message. What it is like is for the page to show."""
    file = request.FILES.get("file")
    if file is None:
        return JsonResponse({"detail": _("There is no file in this.")}, status=422)
    try:
        attachment = Attachment.keep(file, **whoever_asks(request))
    except AttachmentRefused as error:
        return JsonResponse({"detail": str(error)}, status=422)
    html = render_to_string("partials/_file.html", {"file": attachment}, request)
    return JsonResponse({"id": attachment.id, "html": html}, status=201)


@chat_page
@require_http_methods(["GET", "HEAD", "DELETE"])
def attachment(request: HttpRequest, attachment_id) -> HttpResponse:
    found = Attachment.objects.for_request(request).defer("text")
    if request.method == "DELETE":  # what was sent belongs to its message
        get_object_or_404(found.unsent(), id=attachment_id).delete()
        return HttpResponse(status=204)
    found = get_object_or_404(found, id=attachment_id)
    return get_conditional_response(request, etag=f'"{found.id}"', response=content_of(found))


def content_of(found: Attachment) -> HttpResponse:
    """As it was uploaded, with nothing in it alive. Raises Http404 where its file is lost."""
    try:
        with found.content.open("rb") as content:
            reply = HttpResponse(content.read(), headers=HEADERS | {"ETag": f'"{found.id}"'})
    except FileNotFoundError as error:
        raise Http404 from error
    is_text = not found.is_image
    reply["Content-Type"] = (
        f"{found.content_type}; charset=utf-8" if is_text else found.content_type
    )
    reply["Content-Disposition"] = content_disposition_header(is_text, found.name) or "inline"
    return reply
