"""A run as the desk shows it: a prediction, and the message that it answers where there is one.

What a visitor has deleted does not exist here.
"""

from datetime import timedelta
from functools import cached_property

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from chatapp.models import AuditEntry, Message, Transcript
from chatapp.models.answers import Answer
from predictions.inputs import fit
from predictions.models import Prediction

from . import audit

RECENTLY = timedelta(hours=1)
QUESTION = 2000  # characters


def there() -> QuerySet:
    """The predictions that the desk may know of, without their inputs."""
    of_deleted = Q(message__conversation__deleted_at__isnull=False)
    found = Prediction.objects.exclude(of_deleted).select_related(
        "version__model",
        "upstream",
        "owner",
        "message__conversation__owner",
    )
    return found.defer("input", "version__openapi_schema", "message__conversation__input")


def running() -> QuerySet:
    """The newest first. Titles that a model is writing are not answers."""
    found = there().filter(status__in=Prediction.RUNNING, naming=None)
    return found.defer(*there().query.deferred_loading[0], "output").order_by("-created_at")


def find(id: str) -> "Run | None":
    found = there().filter(id=fit(id)).first()
    return Run(found) if found else None


class Run(Answer):
    role = "assistant"

    def __init__(self, prediction: Prediction) -> None:
        self.prediction = prediction
        self.message: Message | None = getattr(prediction, "message", None)
        if self.message:
            self.message.prediction = prediction

    @property
    def prefix(self) -> str:
        """The words of the answer that it goes on from."""
        return self.message.prefix if self.message else ""

    @property
    def body(self) -> str:
        return self.prefix + super().body

    @property
    def html(self) -> str:
        return self.message.html if self.message else super().html

    @property
    def conversation(self):
        return self.message.conversation if self.message else None

    @property
    def title(self) -> str:
        return self.conversation.title if self.conversation else ""

    @property
    def person(self) -> str:
        if self.conversation:
            return Transcript.person.fget(self.conversation)
        return str(self.prediction.owner) if self.prediction.owner_id else "anonymous visitor"

    @property
    def where(self) -> str:
        if self.conversation:
            return self.conversation.site or "chat page"
        is_api = self.prediction.source == Prediction.Source.API
        return "API" if is_api else "model page"

    @property
    def is_redacted(self) -> bool:
        return bool(self.message and self.message.redacted_at)

    @cached_property
    def question(self) -> str:
        """What it answers, its beginning; "" where that is not a message."""
        asked = self.message and self.message.parent
        return asked.text[:QUESTION] if asked else ""

    @property
    def transcript_url(self) -> str:
        """The transcript, at its message; "" without one."""
        if not self.message:
            return ""
        page = reverse("admin:chatapp_transcript_change", args=[self.message.conversation_id])
        return f"{page}?message={self.message.id}"

    @property
    def watch_url(self) -> str:
        return reverse("admin:desk_watch", args=[self.prediction.id])

    @property
    def replay_url(self) -> str:
        return reverse("admin:desk_replay", args=[self.prediction.id])

    # What partials/_live.html asks of a message, for whoever reviews.

    @property
    def url(self) -> str:
        return reverse("admin:desk_watched", args=[self.prediction.id])

    @property
    def waiting_url(self) -> str:
        return reverse("admin:desk_waiting", args=[self.prediction.id])

    @property
    def stop_url(self) -> str:
        return reverse("admin:desk_stop", args=[self.prediction.id])

    def record(self, who, verb: AuditEntry.Verb, *, again: bool = True) -> None:
        """Write down what was done with it. With `again` false not once more where it was written
        down lately: a part of a page follows the page."""
        facts = {"prediction": self.prediction.id}
        if not again:
            since = timezone.now() - RECENTLY
            known = AuditEntry.objects.filter(who=who, verb=verb, at__gt=since, details=facts)
            if known.exists():
                return
        subject = "" if self.conversation else f"{self.prediction.version.model}, {self.where}"
        audit.record(who, verb, self.conversation, subject=subject, **facts)
