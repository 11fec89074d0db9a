"""What reviewers do on the page of a transcript: forms, which lead back to where they were."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from chatapp.desk import inbox, reviewing
from chatapp.desk.reviewing import ReviewRefused
from chatapp.models import Message, Transcript

from .pages import REVIEW, VIEW, desk_page

PLACE = ("message", "branch", "turn")  # what the page's address says of where one is

Said = str  # the sentence that tells what was done


def flag(request: HttpRequest, transcript: Transcript) -> Said:
    message = message_of(request, transcript)
    reviewing.flag(request.user, transcript, message, request.POST.get("reason", ""))
    return "Flagged."


def clear(request: HttpRequest, transcript: Transcript) -> Said:
    reviewing.clear(request.user, one_of(transcript.flags, request))
    return "The flag is cleared."


def tag(request: HttpRequest, transcript: Transcript) -> Said:
    message, name = message_of(request, transcript), request.POST.get("name", "")
    return f"Tagged “{reviewing.tag(request.user, transcript, message, name)}”."


def untag(request: HttpRequest, transcript: Transcript) -> Said:
    tagging = one_of(transcript.taggings.select_related("tag"), request)
    reviewing.untag(tagging)
    return f"Not tagged “{tagging}” any more."


def comment(request: HttpRequest, transcript: Transcript) -> Said:
    message = message_of(request, transcript)
    reviewing.comment(request.user, transcript, message, request.POST.get("text", ""))
    return "Your comment is kept."


def uncomment(request: HttpRequest, transcript: Transcript) -> Said:
    reviewing.uncomment(request.user, one_of(transcript.comments, request))
    return "Your comment is deleted."


def expect(request: HttpRequest, transcript: Transcript) -> Said:
    message = message_of(request, transcript)
    if message is None:
        raise Http404
    kept = reviewing.expect(request.user, message, request.POST.get("text", ""))
    return "The expected answer is kept." if kept else "There is no expected answer any more."


def assign(request: HttpRequest, transcript: Transcript) -> Said:
    """To `assignee`, an account's id; to nobody where that is empty."""
    id = request.POST.get("assignee", "")
    if not id:
        reviewing.assign(transcript, None)
        return "Nobody looks at it now."
    if not id.isdecimal():
        raise Http404
    assignee = get_object_or_404(reviewing.reviewers(), id=id[:18])
    reviewing.assign(transcript, assignee)
    return f"{assignee} looks at it."


def done(request: HttpRequest, transcript: Transcript) -> Said:
    reviewing.done(request.user, transcript)
    return "Done."


def reopen(request: HttpRequest, transcript: Transcript) -> Said:
    reviewing.reopen(transcript)
    return "Open again."


VERBS: dict[str, Callable[[HttpRequest, Transcript], Said]] = {
    verb.__name__: verb
    for verb in (flag, clear, tag, untag, comment, uncomment, expect, assign, done, reopen)
}


@desk_page(VIEW, REVIEW)
@require_POST
def change(request: HttpRequest, conversation_id: UUID, verb: str) -> HttpResponse:
    transcript = get_object_or_404(Transcript.objects.there(), id=conversation_id)
    try:
        messages.success(request, VERBS[verb](request, transcript))
    except ReviewRefused as error:
        messages.warning(request, str(error))
    if verb == "done" and "next" in request.POST:
        return HttpResponseRedirect(after(request, transcript))
    return HttpResponseRedirect(back(request, transcript))


def message_of(request: HttpRequest, transcript: Transcript) -> Message | None:
    """The one that it is about; None for the whole conversation."""
    id = request.POST.get("message", "")
    return get_object_or_404(transcript.messages, id=uuid_of(id)) if id else None


def one_of(remarks, request: HttpRequest):
    """The remark `id` of this transcript."""
    id = request.POST.get("id", "")
    if not id.isdecimal():
        raise Http404
    return get_object_or_404(remarks, id=id[:18])


def back(request: HttpRequest, transcript: Transcript) -> str:
    """The page as it was, at the message."""
    was, query = QueryDict(request.POST.get("back", "")), QueryDict(mutable=True)
    query.update({name: was[name] for name in PLACE if name in was})
    url = reverse("admin:chatapp_transcript_change", args=[transcript.id])
    at = request.POST.get("message", "")
    return f"{url}?{query.urlencode()}".rstrip("?") + (f"#m-{uuid_of(at)}" if at else "#review")


def after(request: HttpRequest, transcript: Transcript) -> str:
    """What deserves a look next; where nothing does, the inbox."""
    following = inbox.next_for(request.user, after=transcript)
    if following is None:
        messages.info(request, "Nothing waits for you.")
        return reverse("admin:desk_inbox")
    return reverse("admin:chatapp_transcript_change", args=[following.id])


def uuid_of(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


urls = [
    path(f"<uuid:conversation_id>/{verb}/", change, {"verb": verb}, name=f"desk_review_{verb}")
    for verb in VERBS
]
