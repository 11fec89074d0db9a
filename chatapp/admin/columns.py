"""What the list shows of a conversation, in words and numbers; what is about one message leads
there.
"""

from collections import defaultdict
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.template.defaultfilters import date as formatted
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from chatapp.models import Feedback, Flag, Message, Tagging, Transcript
from chatapp.models.summaries import SLOW
from predictions.models import Prediction

from .filters import url_of_person

WORDS = {"succeeded": "succeeded", "canceled": "stopped", "aborted": "aborted", "": "not answered"}

IS_SLOW = mark_safe(' <span class="desk-note">slow</span>')
BREAK = mark_safe("<wbr>")
IS_TEMPORARY = mark_safe(' <span class="desk-note">temporary</span>')


class Page:
    """The transcripts of one page in its order, each with its `tags`, and with `concerns`: the
    first message that failed, was judged bad, was flagged. A few queries for all."""

    def __init__(self, transcripts: QuerySet, ids: list[UUID]) -> None:
        found = transcripts.select_related(
            "summary__model", "summary__upstream", "owner", "review__assignee"
        )
        found = found.defer("input").in_bulk(ids)
        self.transcripts = [found[id] for id in ids if id in found]
        tags = self._tags()
        concerns = {
            "error": self._failed(),
            "down": self._first(self._disliked()),
            "flag": self._first(self._flagged()),
        }
        for transcript in self.transcripts:
            transcript.tags = tags[transcript.id]
            transcript.concerns = {
                kind: messages.get(transcript.id) for kind, messages in concerns.items()
            }

    def _with(self, column: str) -> list[UUID]:
        return [each.id for each in self.transcripts if getattr(each.summary, column)]

    def _tags(self) -> dict[UUID, list[str]]:
        tags = defaultdict(dict)
        rows = Tagging.objects.filter(conversation__in=[each.id for each in self.transcripts])
        for id, name in rows.order_by("tag__name").values_list("conversation", "tag__name"):
            tags[id][name] = True
        return defaultdict(list, {id: list(names) for id, names in tags.items()})

    def _failed(self) -> dict[UUID, UUID]:
        """The status is looked at here: SQLite would begin with all that ever failed."""
        answers = Message.objects.filter(conversation__in=self._with("error_count"))
        answers = answers.exclude(prediction=None).order_by("-created_at")
        rows = answers.values_list("conversation", "id", "prediction__status")
        return {conversation: id for conversation, id, status in rows if status == "failed"}

    def _disliked(self) -> QuerySet:
        disliked = Feedback.objects.filter(is_good=False).order_by("created_at")
        return disliked.filter(message__conversation__in=self._with("down_count"))

    def _flagged(self) -> QuerySet:
        flagged = Flag.objects.filter(conversation__in=self._with("flag_count"), cleared_at=None)
        return flagged.exclude(message=None).order_by("created_at")

    @staticmethod
    def _first(rows: QuerySet) -> dict[UUID, UUID]:
        of = "message__conversation" if rows.model is Feedback else "conversation"
        found: dict[UUID, UUID] = {}
        for conversation, id in rows.values_list(of, "message"):
            found.setdefault(conversation, id)
        return found


class Columns:
    """Mixed into the transcripts' admin: the columns of its list."""

    list_display = (
        *("titled", "who", "answered_by", "message_count", "status", "rating"),
        *("first_word", "cost", "standing", "last_activity"),
    )
    list_display_links = ("titled",)

    @admin.display(description="title")
    def titled(self, transcript: Transcript) -> SafeString | str:
        if settings.CHAT_HIDE_CONTENTS:
            return f"Conversation {str(transcript.id)[:8]}"
        title = transcript.title.strip() or "Untitled"
        return format_html('<bdi class="desk-title">{}</bdi>', title)

    @admin.display(description="who, where")
    def who(self, transcript: Transcript) -> SafeString:
        return format_html(
            '<a href="{}" class="desk-who"><bdi>{}</bdi></a>{}<span class="desk-at">{}</span>',
            url_of_person(transcript),
            transcript.person,
            IS_TEMPORARY if transcript.is_temporary else "",
            transcript.summary.site or "chat page",
        )

    @admin.display(description="model")
    def answered_by(self, transcript: Transcript) -> SafeString | None:
        summary = transcript.summary
        if summary.model is None:
            return None
        at = format_html(' <span class="desk-at">{}</span>', summary.upstream or "")
        owner, slash, name = str(summary.model).rpartition("/")
        at = at if summary.upstream else ""
        return format_html("{}{}{}{}{}", owner, slash, BREAK if slash else "", name, at)

    @admin.display(description="messages", ordering="summary__message_count")
    def message_count(self, transcript: Transcript) -> SafeString:
        return format_html(
            '<span class="desk-number">{}</span>', f"{transcript.summary.message_count:,}"
        )

    @admin.display(description="status")
    def status(self, transcript: Transcript) -> SafeString:
        """Of the newest answer; and errors before it."""
        summary = transcript.summary
        kind, word = _status(summary)
        told = format_html('<span class="desk-status" data-status="{}">{}</span>', kind, word)
        if not summary.error_count or (kind != "succeeded" and summary.error_count == 1):
            return _linked(transcript, "error", told) if summary.error_count else told
        errors = "1 error" if summary.error_count == 1 else f"{summary.error_count} errors"
        errors = format_html('<span class="desk-note">{}</span>', errors)
        return format_html("{} {}", told, _linked(transcript, "error", errors))

    @admin.display(description="rating")
    def rating(self, transcript: Transcript) -> SafeString | None:
        summary = transcript.summary
        thumbs = []
        if summary.up_count:
            thumbs.append(_thumbs("up", summary.up_count))
        if summary.down_count:
            thumb = _thumbs("down", summary.down_count)
            thumbs.append(_linked(transcript, "down", thumb))
        return format_html_join(" ", "{}", ((thumb,) for thumb in thumbs)) or None

    @admin.display(description="first word", ordering="summary__slowest_first_word")
    def first_word(self, transcript: Transcript) -> SafeString | None:
        """The slowest of its answers."""
        seconds = transcript.summary.slowest_first_word
        if seconds is None:
            return None
        is_slow = IS_SLOW if seconds >= SLOW else ""
        return format_html('<span class="desk-number">{} s</span>{}', f"{seconds:.1f}", is_slow)

    @admin.display(description="cost", ordering="summary__cost")
    def cost(self, transcript: Transcript) -> SafeString | None:
        cost = transcript.summary.cost
        if cost is None:
            return None
        digits = max(2, 1 - cost.adjusted()) if cost else 2
        cost = f"{cost:.{digits}f} {transcript.summary.cost_currency}"
        return format_html('<span class="desk-number">{}</span>', cost)

    @admin.display(description="review")
    def standing(self, transcript: Transcript) -> SafeString | None:
        """Open flags, tags, and who looks at it or has."""
        parts = []
        if flags := transcript.summary.flag_count:
            word = "⚑ flagged" if flags == 1 else f"⚑ {flags} flags"
            flag = format_html('<span class="desk-flag">{}</span>', word)
            parts.append(_linked(transcript, "flag", flag))
        parts += [format_html('<bdi class="desk-tag">{}</bdi>', tag) for tag in transcript.tags]
        if word := _standing(transcript):
            parts.append(format_html('<span class="desk-standing">{}</span>', word))
        return format_html_join(" ", "{}", ((part,) for part in parts)) or None

    @admin.display(description="last activity", ordering="summary__last_activity")
    def last_activity(self, transcript: Transcript) -> SafeString:
        at = timezone.localtime(transcript.summary.last_activity)
        return format_html(
            '<time datetime="{}">{} <span class="desk-at">{}</span></time>',
            at.isoformat(),
            formatted(at, "j M" if at.year == timezone.localtime().year else "j M Y"),
            formatted(at, "H:i"),
        )


def url_of(transcript: Transcript, message: UUID | None = None) -> str:
    """Its page; with a message, that part of it."""
    url = reverse("admin:chatapp_transcript_change", args=[transcript.id])
    return f"{url}?{urlencode({'message': message})}" if message else url


def _linked(transcript: Transcript, kind: str, shown: SafeString | str) -> SafeString | str:
    """To the message that is the reason, where one is."""
    message = transcript.concerns[kind]
    return (
        format_html('<a href="{}">{}</a>', url_of(transcript, message), shown) if message else shown
    )


def _status(summary) -> tuple[str, str]:
    if summary.status in Prediction.RUNNING:
        return "running", "running"
    if summary.status == "failed":
        word = "interrupted" if summary.interrupted_count == summary.error_count else "failed"
        return word, word
    return summary.status or "none", WORDS.get(summary.status, summary.status)


def _thumbs(which: str, count: int) -> SafeString:
    return format_html(
        '<span class="desk-thumb" data-thumb="{0}">{1} <span class="visually-hidden">thumbs </span>'
        "{0}</span>",
        which,
        count,
    )


def _standing(transcript: Transcript) -> str:
    review = getattr(transcript, "review", None)
    if review is None:
        return ""
    concern_at = transcript.summary.concern_at
    if review.done_at and (concern_at is None or concern_at <= review.done_at):
        return "done"
    return f"for {review.assignee}" if review.assignee else ""
