"""The page of one transcript: what was said, how it went, and what reviewers made of it."""

import json
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from chatapp.desk import audit, meters, remarks, reviewing, windows
from chatapp.desk.windows import Window
from chatapp.models import AuditEntry, Conversation, Message, Review, Tag, Transcript

from . import pages, sources
from . import reviewing as verbs
from .deleting import Deleting
from .filters import url_of_person

HERE = "chatapp_transcript_changelist"
MOST_TAGS = 300  # that are offered

urls = [*sources.urls, *verbs.urls]


class Reading(Deleting):
    """Mixed into the transcripts' admin: its page of one."""

    def get_object(self, request, object_id, from_field=None) -> Transcript | None:
        """Where contents are hidden, so is the title."""
        transcript = super().get_object(request, object_id, from_field)
        if transcript and settings.CHAT_HIDE_CONTENTS:
            transcript.title = ""
        return transcript

    def title_of(self, transcript: Transcript) -> str:
        return str(transcript.id if settings.CHAT_HIDE_CONTENTS else transcript)

    def change_view(
        self, request: HttpRequest, object_id, form_url="", extra_context=None
    ) -> HttpResponse:
        """`?message=` shows the branch and the turns around a message; `?branch=`, the id of its
        last one, and `?turn=`, where to begin, are for going through a long conversation."""
        if request.method not in {"GET", "HEAD"} or not self.has_view_permission(request):
            raise PermissionDenied
        transcript = self.get_object(request, unquote(object_id))
        if transcript is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        looked_for = _uuid(request.GET.get("message"))
        window = windows.window(
            transcript,
            message=looked_for,
            branch=_uuid(request.GET.get("branch")),
            turn=_number(request.GET.get("turn")),
        )
        if window is None:
            messages.warning(request, "That message is not in this conversation.")
            looked_for, window = None, windows.window(transcript)
        readers = audit.readers_of(transcript)  # before this one
        audit.record(request.user, AuditEntry.Verb.READ, transcript)
        page = page_of(request, transcript, window)
        page |= {"looked_for": looked_for, "readers": readers}
        return TemplateResponse(request, "admin/desk/transcript.html", page)


def page_of(request: HttpRequest, transcript: Transcript, window: Window) -> dict:
    found = remarks.remarks_of(transcript)
    meters.tell(window.messages)
    for message in window.messages:
        message.remarks = found.get(message.id, remarks.Remarks())
        if message.prediction_id:
            message.meter.asked_with = in_words(message.meter.asked_with)
            message.replay_url = reverse("admin:desk_replay", args=[message.prediction_id])
        if message.is_running:
            message.live_url = reverse("admin:desk_watch", args=[message.prediction_id])
    shown = {message.id for message in window.messages}
    return pages.context(
        request,
        str(transcript),
        HERE,
        transcript=transcript,
        window=window,
        models=models_of(window.messages),
        remarks=found.get(None, remarks.Remarks()),
        concerns=[(each, each.message in shown) for each in remarks.concerns_of(transcript)],
        remarks_elsewhere=sum(bool(each) for id, each in found.items() if id and id not in shown),
        **facts(transcript),
        **desk(request, transcript),
    )


def models_of(turns: list[Message]) -> list[str]:
    """Who answered these. (Of all of a long conversation it would take long to find out: the
    version stands behind the input in each prediction's row.)"""
    return sorted({str(turn.prediction.version.model) for turn in turns if turn.prediction})


def facts(transcript: Transcript) -> dict:
    """What is told of the conversation beside its words."""
    given = dict(transcript.input or {})
    origin = Message.objects.filter(
        id=transcript.forked_from_id, conversation__deleted_at=None
    ).values("id", "conversation", "conversation__title")
    forks = Conversation.objects.filter(forked_from__conversation=transcript, deleted_at=None)
    return {
        "system_prompt": given.pop("system_prompt", ""),
        "parameters": in_words(given),
        "origin": origin.first() if transcript.forked_from_id else None,
        "forks": list(forks.only("title")),
    }


def desk(request: HttpRequest, transcript: Transcript) -> dict:
    """Where it stands in the inbox, and what whoever asks may do about it."""
    review = Review.objects.filter(conversation=transcript)
    review = review.select_related("assignee", "done_by").first() or Review()
    concern_at = transcript.summary.concern_at
    may_review = request.user.has_perm(pages.REVIEW)
    return {
        "review": review,
        "is_new": bool(review.done_at and concern_at and review.done_at < concern_at),
        "may_review": may_review,
        "reviewers": list(reviewing.reviewers()) if may_review else [],
        "known_tags": Tag.objects.values_list("name", flat=True)[:MOST_TAGS] if may_review else [],
        "inbox_url": reverse("admin:desk_inbox") if may_review else "",
        "may_delete": request.user.has_perm("chatapp.delete_transcript"),
        "back": request.GET.urlencode(),
        "list_url": reverse(f"admin:{HERE}"),
        "person_url": url_of_person(transcript),
    }


def in_words(given: dict) -> list[tuple[str, str]]:
    """Parameters by name, each value as it would be written in JSON, a text as it is."""
    return [
        (name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for name, value in given.items()
    ]


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _number(text: str | None) -> int | None:
    is_number = text and text.isascii() and text.isdecimal() and len(text) < 7
    return int(text) if is_number else None
