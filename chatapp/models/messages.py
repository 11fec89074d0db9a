"""A message: one turn in a conversation's tree. The words of an answer live in its prediction."""

import uuid
from functools import cached_property

from django.db import models
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.utils import timezone

from chatapp import rendering
from predictions.cursor import format_cursor
from predictions.models import Prediction


class MessageQuerySet(models.QuerySet):
    def for_request(self, request) -> "MessageQuerySet":
        """The messages of whoever asks; everybody else's do not exist."""
        from .conversations import Conversation

        mine = Conversation.objects.for_request(request)
        return self.filter(conversation__in=mine).with_words()

    def with_words(self) -> "MessageQuerySet":
        """With their predictions, in one query; without the inputs, which repeat the history."""
        return self.select_related("prediction__version__model").defer(
            "prediction__input", "prediction__logs", "prediction__version__openapi_schema"
        )


class Message(models.Model):
    class Role(models.TextChoices):
        USER = "user"
        ASSISTANT = "assistant"
        SYSTEM = "system"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey("Conversation", models.CASCADE, related_name="messages")
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="replies"
    )
    role = models.CharField(max_length=16, choices=Role.choices)
    text = models.TextField(blank=True)
    prediction = models.OneToOneField(
        Prediction, models.PROTECT, null=True, blank=True, related_name="message"
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"{self.get_role_display()}, {self.created_at:%d %b %H:%M}"

    @property
    def body(self) -> str:
        """What was said: the visitor's text, or the words of the answer so far."""
        return self.progress[0] if self.prediction else self.text

    @property
    def status(self) -> str:
        return self.prediction.status if self.prediction else "sent"

    @property
    def is_running(self) -> bool:
        return bool(self.prediction and self.prediction.is_running)

    @property
    def can_retry(self) -> bool:
        return self.status in {"failed", "canceled", "aborted"}

    @cached_property
    def progress(self) -> tuple[str, int]:
        """The words so far and the cursor of the last of them, read at one moment."""
        if self.prediction.is_running:
            return self.prediction.progress()
        return self.prediction.text, self.prediction.last_cursor

    @property
    def cursor(self) -> str:
        """Where a stream of the rest begins, as an event id; "" is the start."""
        return format_cursor(self.progress[1]) if self.progress[1] else ""

    @property
    def html(self) -> str:
        """A finished answer, rendered. Safe."""
        return rendering.render(self.body)

    @property
    def error(self) -> str:
        """One sentence for the visitor."""
        return self.prediction.error or "The answer could not be finished."

    @property
    def word_count(self) -> int:
        return len(self.body.split())

    @property
    def age(self) -> int:
        """Milliseconds since it was asked for, by the server's clock."""
        return max(0, round((timezone.now() - self.created_at).total_seconds() * 1000))

    @property
    def seconds(self) -> float | None:
        """How long the whole answer took, from the question on."""
        if not (self.prediction and self.prediction.completed_at):
            return None
        return (self.prediction.completed_at - self.prediction.created_at).total_seconds()


@receiver(pre_delete, sender=Message)
def stop_its_run(instance: Message, **kwargs) -> None:
    if instance.is_running:
        instance.prediction.cancel()


@receiver(models.signals.post_delete, sender=Message)
def delete_its_words(instance: Message, **kwargs) -> None:
    """A deleted message leaves nothing behind: its prediction goes too, input and log included."""
    Prediction.objects.filter(id=instance.prediction_id).delete()
