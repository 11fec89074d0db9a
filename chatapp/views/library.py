"""The library: the list of conversations, what is done with one of them, search, export."""

from collections.abc import Iterator
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chatapp import downloads, export, search
from chatapp.models import Conversation
from chatapp.sidebar import count_wanted, listing
from predictions.inputs import fit

from .pages import UNDO, chat_page, conversation_of, shelf, sidebar, wants_json

LONGEST_SEARCH = 200
LAST_PAGE = 100
VERBS = {
    "pin": Conversation.pin,
    "unpin": Conversation.unpin,
    "archive": Conversation.archive,
    "unarchive": Conversation.unarchive,
    "keep": Conversation.keep,
}


@chat_page
@require_GET
def conversations(request: HttpRequest) -> HttpResponse:
    """The list alone, for the page's script; `?current=` is the conversation on the page."""
    id = request.GET.get("current", "")
    mine = Conversation.objects.for_request(request)
    current = mine.filter(id=id).first() if is_uuid(id) else None
    return render(request, "partials/_conversations.html", shelf(request, current))


@chat_page
@require_GET
def options(request: HttpRequest, conversation_id) -> HttpResponse:
    """What can be done with a conversation, where no script opens the menu."""
    conversation = conversation_of(request, conversation_id)
    return render(request, "options.html", sidebar(request, conversation))


@chat_page
@require_POST
def change(request: HttpRequest, conversation_id, verb: str) -> HttpResponse:
    """Pin, unpin, archive, unarchive, keep."""
    conversation = conversation_of(request, conversation_id)
    VERBS[verb](conversation)
    return _changed(request, conversation)


@chat_page
@require_POST
def rename(request: HttpRequest, conversation_id) -> HttpResponse:
    conversation = conversation_of(request, conversation_id)
    title = fit(request.POST.get("title", "").replace("\0", "")).strip()
    if title:
        conversation.rename(title)
        return _changed(request, conversation)
    sentence = _("A title has at least one letter.")
    if wants_json(request):
        return JsonResponse({"detail": sentence}, status=422)
    context = sidebar(request, conversation) | {"sentence": sentence}
    return render(request, "options.html", context, status=422)


@chat_page
@require_POST
def delete(request: HttpRequest, conversation_id) -> HttpResponse:
    """Hide it, and offer to undo that: here, or on the next page."""
    conversation = conversation_of(request, conversation_id)
    conversation.throw_away()
    if wants_json(request):
        toast = render_to_string("partials/_toast.html", {"deleted": conversation}, request)
        return JsonResponse({"html": toast})
    request.session[UNDO] = str(conversation.id)
    return redirect("new_chat")


@chat_page
@require_POST
def undelete(request: HttpRequest, conversation_id) -> HttpResponse:
    mine = Conversation.objects.deleted_for_request(request)
    conversation = get_object_or_404(mine, id=conversation_id)
    conversation.bring_back()
    return _changed(request, conversation)


@chat_page
@require_GET
def archived(request: HttpRequest) -> HttpResponse:
    mine = Conversation.objects.for_request(request).archived()
    found = listing(mine, count_wanted(request.GET.get("count")))
    context = {**sidebar(request), "place": "archive", "archived": found}
    return render(request, "archive.html", context)


@chat_page
@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """The page of a search, or its results alone for the page's script."""
    query = fit(request.GET.get("q", "").replace("\0", " "))[:LONGEST_SEARCH].strip()
    number = request.GET.get("page", "")[:6]
    page = min(int(number), LAST_PAGE) if number.isascii() and number.isdecimal() else 1
    page = max(page, 1)
    mine = Conversation.objects.for_request(request)
    hits, is_more = search.find(mine, query, page)
    context = {"query": query, "hits": hits, "page_number": page}
    context["next_page"] = page + 1 if is_more and page < LAST_PAGE else None
    if "fragment" in request.GET:
        return render(request, "partials/_results.html", context)
    return render(request, "search.html", {**sidebar(request), **context})


@chat_page
@require_GET
def export_markdown(request: HttpRequest, conversation_id) -> HttpResponse:
    conversation = conversation_of(request, conversation_id)
    return _download(request, conversation, export.markdown(conversation), "md", "text/markdown")


@chat_page
@require_GET
def export_json(request: HttpRequest, conversation_id) -> HttpResponse:
    conversation = conversation_of(request, conversation_id)
    return _download(
        request, conversation, export.as_json(conversation), "json", "application/json"
    )


def is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _changed(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    if wants_json(request):
        is_pinned, is_archived = bool(conversation.pinned_at), bool(conversation.archived_at)
        return JsonResponse({"pinned": is_pinned, "archived": is_archived})
    return redirect(conversation)


def _download(
    request: HttpRequest, conversation: Conversation, pieces: Iterator[str], ending: str, kind: str
) -> HttpResponse:
    name = export.file_name(conversation, ending)
    return downloads.file(request, export.in_bytes(pieces), name, kind)
