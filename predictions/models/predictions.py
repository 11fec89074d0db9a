"""A prediction, one run of a version on an input, and the rows of its event log."""

import base64
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.utils import timezone

from predictions import bus

if TYPE_CHECKING:
    from .catalogue import LanguageModel


def random_id(size: int) -> str:
    """Lower-case base32 of `size` random bytes: 16 bytes are 26 characters, 32 are 52."""
    return base64.b32encode(secrets.token_bytes(size)).decode().rstrip("=").lower()


def new_prediction_id() -> str:
    return random_id(16)


def new_stream_key() -> str:
    return random_id(32)


OUTPUT, LOGS, ERROR, DONE = "output", "logs", "error", "done"


class Event(NamedTuple):
    """One line of a prediction's log: `cursor` is its id, its order and the resume point (see
    predictions.cursor), `kind` one of the four above, `at` milliseconds since the run was claimed.
    """

    cursor: int
    kind: str
    data: str
    at: int


class Prediction(models.Model):
    class Status(models.TextChoices):
        STARTING = "starting"
        PROCESSING = "processing"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELED = "canceled"
        ABORTED = "aborted"

    class Source(models.TextChoices):
        API = "api"
        WEB = "web"

    RUNNING = (Status.STARTING, Status.PROCESSING)

    id = models.CharField(
        primary_key=True, max_length=26, default=new_prediction_id, editable=False
    )
    version = models.ForeignKey("Version", models.PROTECT, related_name="predictions")
    # Who runs it: the version's upstream, or its fallback once that is asked instead.
    upstream = models.ForeignKey(
        "Upstream", models.SET_NULL, null=True, related_name="predictions", db_index=False
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.API)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.STARTING)
    deployment = models.ForeignKey("Deployment", models.SET_NULL, null=True, blank=True)
    input = models.JSONField()
    output = models.JSONField(null=True, blank=True)
    logs = models.TextField(blank=True)
    error = models.TextField(blank=True)
    error_detail = models.TextField(
        blank=True, help_text="What the upstream said, for operators: visitors never see it."
    )
    metrics = models.JSONField(default=dict, blank=True)
    cost = models.DecimalField(max_digits=20, decimal_places=12, null=True, blank=True)
    cost_currency = models.CharField(max_length=3, blank=True)
    # Why its upstream has not begun yet, in a sentence for the visitor.
    waiting_for = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    deadline = models.DateTimeField(null=True, blank=True)
    data_removed = models.BooleanField(default=False)
    webhook = models.CharField(max_length=2000, blank=True)
    webhook_events_filter = models.JSONField(default=list, blank=True)
    # How the API was reached: webhooks tell the same URLs as the answer to the request.
    base_url = models.CharField(max_length=300, blank=True, editable=False)
    # What a repeated request is known by: its Idempotency-Key, and a digest of what it asked for.
    idempotency_key = models.CharField(max_length=255, blank=True, editable=False)
    request_digest = models.CharField(max_length=64, blank=True, editable=False)

    stream_key = models.CharField(
        max_length=52, unique=True, default=new_stream_key, editable=False
    )
    # The run: who holds it until when, the fencing number of that claim, and the log's last cursor.
    runner = models.CharField(max_length=64, blank=True, editable=False)
    epoch = models.PositiveIntegerField(default=0, editable=False)
    lease_expires_at = models.DateTimeField(null=True, editable=False)
    last_cursor = models.BigIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index("created_at", name="prediction_by_age"),
            # A whole one: SQLite does not know a partial index's IN again once it is bound.
            models.Index("status", "created_at", name="prediction_by_status"),
            models.Index("upstream", "status", "created_at", name="prediction_at_upstream"),
            models.Index(fields=["owner", "-created_at", "-id"], name="prediction_of_owner"),
            models.Index(
                "completed_at",
                name="prediction_with_data",
                condition=models.Q(source="api", data_removed=False),
            ),
            models.Index(
                "created_at",
                name="prediction_with_key",
                condition=~models.Q(idempotency_key=""),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                "owner",
                "idempotency_key",
                name="one_prediction_an_idempotency_key",
                condition=~models.Q(idempotency_key=""),
            )
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def is_running(self) -> bool:
        return self.status in self.RUNNING

    @property
    def has_stream(self) -> bool:
        """Whether its stream URL is good: from the start until STREAM_URL_TTL after the end."""
        if self.data_removed or not self.version.streams:
            return False
        lifetime = timedelta(seconds=settings.STREAM_URL_TTL)
        return self.completed_at is None or timezone.now() < self.completed_at + lifetime

    @classmethod
    def counts_of(cls, language_models: "Iterable[LanguageModel]") -> dict[int, int]:
        """How often each of these models was run, by its id; one that never was is left out."""
        runs = cls.objects.filter(version__model__in=language_models).order_by()
        return dict(runs.values_list("version__model").annotate(runs=models.Count("*")))

    @classmethod
    def close_streams(cls, predictions: "models.QuerySet[Prediction]") -> None:
        """Their stream URLs lead nowhere from now on. Who listens already hears it to the end."""
        found = list(predictions.only("id"))
        for prediction in found:
            prediction.stream_key = new_stream_key()
        cls.objects.bulk_update(found, ["stream_key"], batch_size=100)

    @property
    def place(self) -> int | None:
        """Its place in the line at its upstream, 1 for the next; None once it is run."""
        if self.status != self.Status.STARTING or self.lease_expires_at is not None:
            return None
        waiting = Prediction.objects.filter(status__in=self.RUNNING, lease_expires_at=None)
        ahead = waiting.filter(upstream=self.upstream_id, created_at__lt=self.created_at)
        return ahead.count() + 1

    @property
    def text(self) -> str:
        """The words so far, joined: the stored output, or while running what the log holds."""
        return "".join(self.words)

    @property
    def words(self) -> list[str]:
        return self.so_far()[0]

    def so_far(self) -> tuple[list[str], str]:
        """The words and the logs: as stored, or while running what the event log holds."""
        if not self.is_running:
            return self.output or [], self.logs
        events = self.events
        words = [event.data for event in events if event.kind == OUTPUT]
        return words, "".join(event.data for event in events if event.kind == LOGS)

    @property
    def events(self) -> list[Event]:
        """The whole log, in order."""
        rows = self.segments.values_list("events", flat=True)
        return [Event._make(event) for row in rows for event in row]

    def progress(self) -> tuple[str, int]:
        """The text so far and the cursor from which a reader goes on, read together."""
        if not self.is_running:
            return self.text, self.last_cursor
        events = self.events
        text = "".join(event.data for event in events if event.kind == OUTPUT)
        return text, events[-1].cursor if events else 0

    def cancel(self) -> None:
        """Ask the run to stop; whoever holds it ends it. Does nothing once it has ended."""
        running = Prediction.objects.filter(id=self.id, status__in=self.RUNNING)
        if running.filter(cancel_requested_at=None).update(cancel_requested_at=Now()):
            bus.ring(bus.WORK)


@receiver(pre_delete, sender=Prediction)
def hold_off_its_writer(instance: Prediction, **kwargs) -> None:
    """Lock the row before its log goes, so that no segment is added meanwhile."""
    Prediction.objects.select_for_update().filter(id=instance.id).only("id").first()


class Segment(models.Model):
    """One group commit's share of a prediction's log: `events` is a list of Event."""

    prediction = models.ForeignKey(Prediction, models.CASCADE, related_name="segments")
    last_cursor = models.BigIntegerField()
    events = models.JSONField()

    class Meta:
        ordering = ["last_cursor"]
        constraints = [
            models.UniqueConstraint("prediction", "last_cursor", name="one_segment_a_cursor")
        ]

    def __str__(self) -> str:
        return f"{self.prediction_id} to {self.last_cursor}"
