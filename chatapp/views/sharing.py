"""Sharing: the owner's links, and the page that their readers get.

A reader is nobody we know: what they may see follows from the link's token alone.
"""

from functools import wraps

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chatapp.models import Attachment, Conversation, Share
from chatapp.models.owned import whoever_asks
from chatapp.models.shares import SharedMessage
from predictions.inputs import fit

from .attachments import content_of
from .pages import chat_page, conversation_of, sidebar, wants_json

SEEN = "seen"  # the cookie, at the link's address only, of a browser session that was counted


@chat_page
def links(request: HttpRequest, conversation_id) -> HttpResponse:
    """The links of a conversation; POST makes one (`days`)."""
    mine = Conversation.objects.for_request(request).filter(is_temporary=False)
    conversation = get_object_or_404(mine, id=conversation_id)
    if request.method == "POST":
        days = request.POST.get("days", "")
        if days not in dict(Share.LIFETIMES):
            return _links(request, conversation, sentence=_("Choose how long the link is good."))
        conversation.shares.create(expires_at=Share.end_after(days))
    return _links(request, conversation)


@chat_page
@require_POST
def revoke(request: HttpRequest, conversation_id, share_id: int) -> HttpResponse:
    conversation = conversation_of(request, conversation_id)
    get_object_or_404(conversation.shares.open(), id=share_id).revoke()
    return _links(request, conversation)


def for_readers(view):
    """Given the link that the token names: not indexed, not cached, and telling nobody its
    address. Where there is none (any more), a plain sentence."""

    @wraps(view)
    def guarded(request: HttpRequest, token: str, **kwargs) -> HttpResponse:
        found = Share.objects.open().filter(token=fit(token))
        share = found.select_related("conversation").first()
        if share is None:
            response = render(request, "share_over.html", status=404)
        else:
            response = view(request, share, **kwargs)
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Cache-Control"] = "private, no-store"
        response.setdefault("Referrer-Policy", "no-referrer")
        return response

    return guarded


@for_readers
@require_GET
def shared(request: HttpRequest, share: Share) -> HttpResponse:
    is_owner = _is_owner(request, share)
    turns = share.shown()
    is_running = any(turn.is_running for turn in turns)
    context = {
        "share": share,
        "title": share.conversation.title,
        "turns": turns,
        "is_owner": is_owner,
        "running": is_running,
    }
    response = render(request, "share.html", context)
    is_seen = "prefetch" not in request.headers.get("Sec-Purpose", "")
    if is_seen and not is_owner and SEEN not in request.COOKIES:
        share.count_view()
        response.set_cookie(
            SEEN,
            "1",
            path=share.get_absolute_url(),
            secure=settings.IS_HTTPS,
            httponly=True,
            samesite="Lax",
        )
    return response


@for_readers
@require_GET
def shared_message(request: HttpRequest, share: Share, message_id) -> HttpResponse:
    return render(request, "partials/_message.html", {"message": _message(share, message_id)})


@for_readers
@require_GET
def shared_message_text(request: HttpRequest, share: Share, message_id) -> HttpResponse:
    body = _message(share, message_id).body
    return HttpResponse(body, content_type="text/plain; charset=utf-8")


@for_readers
@require_GET
def shared_message_waiting(request: HttpRequest, share: Share, message_id) -> HttpResponse:
    return JsonResponse({"waiting": _message(share, message_id).waiting})


@for_readers
@require_GET
def shared_image(request: HttpRequest, share: Share, attachment_id) -> HttpResponse:
    """An image of a turn that is shown. Anything else is shared by its name only."""
    image = get_object_or_404(Attachment.objects.images(), id=attachment_id)
    if image.message_id is None or share.message(image.message_id) is None:
        raise Http404
    return content_of(image)


@for_readers
def go_on(request: HttpRequest, share: Share) -> HttpResponse:
    """A copy for the reader, once they have confirmed it. A page of its own: on the page that
    sends no referrer a form could not be told from one of another site."""
    if request.method == "POST":
        return _guarded_copy(request, share=share)
    context = {"share": share, "title": share.conversation.title}
    response = render(request, "share_continue.html", context)
    response["Referrer-Policy"] = "same-origin"
    return response


@chat_page
def _guarded_copy(request: HttpRequest, share: Share) -> HttpResponse:
    return redirect(share.copy_for(**whoever_asks(request)))


def _links(request: HttpRequest, conversation: Conversation, sentence: str = "") -> HttpResponse:
    """The fragment for the page's dialog, or a page of its own."""
    shares = list(conversation.shares.open())
    for share in shares:
        share.address = request.build_absolute_uri(share.get_absolute_url())
    context = {"conversation": conversation, "shares": shares, "sentence": sentence}
    context["lifetimes"] = Share.LIFETIMES
    status = 422 if sentence else 200
    if "fragment" in request.GET:
        return render(request, "partials/_shares.html", context)
    if wants_json(request):
        html = render_to_string("partials/_shares.html", context, request)
        return JsonResponse({"html": html, "detail": sentence}, status=status)
    if request.method == "POST" and not sentence:
        return redirect(reverse("links", args=[conversation.id]))
    context = sidebar(request, conversation) | context
    return render(request, "shares.html", context, status=status)


def _message(share: Share, id) -> SharedMessage:
    message = share.message(id)
    if message is None:
        raise Http404
    return message


def _is_owner(request: HttpRequest, share: Share) -> bool:
    return Conversation.objects.for_request(request).filter(id=share.conversation_id).exists()
