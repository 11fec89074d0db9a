"""A message: one turn in a conversation's tree. The words of an answer live in its prediction."""

import uuid

from django.db import models
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone

from predictions.models import Prediction

from .answers import Answer


class MessageQuerySet(models.QuerySet):
    def for_request(self, request) -> "MessageQuerySet":
        """The messages of whoever asks; everybody else's do not exist."""
        from .conversations import Conversation

        mine = Conversation.objects.for_request(request)
        return self.filter(conversation__in=mine).with_words()

    def with_words(self) -> "MessageQuerySet":
        """With their predictions, in one query; without the inputs, which repeat the history."""
        return self.select_related(
            "prediction__version__model", "prediction__upstream", "feedback"
        ).defer("prediction__input", "prediction__version__openapi_schema")


class Message(Answer, models.Model):
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
    # An answer that goes on from another one: that one's words up to there, which come first.
    prefix = models.TextField(blank=True)
    continues = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="continuations"
    )
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
        return self.prefix + super().body if self.prediction else self.prefix or self.text

    @property
    def status(self) -> str:
        if self.prediction:
            return super().status
        return "sent" if self.role == self.Role.USER else "succeeded"

    @property
    def files(self) -> list:
        """What goes with it, as it was attached."""
        return list(self.attachments.all())

    @property
    def url(self) -> str:
        return reverse("message", args=[self.id])

    @property
    def text_url(self) -> str:
        return reverse("message_text", args=[self.id])

    @property
    def waiting_url(self) -> str:
        return reverse("message_waiting", args=[self.id])

    @property
    def stop_url(self) -> str:
        return reverse("stop", args=[self.id])

    @property
    def retry_url(self) -> str:
        return reverse("retry", args=[self.id])


@receiver(pre_delete, sender=Message)
def stop_its_run(instance: Message, **kwargs) -> None:
    if instance.is_running:
        instance.prediction.cancel()


@receiver(models.signals.post_delete, sender=Message)
def delete_its_words(instance: Message, **kwargs) -> None:
    """A deleted message leaves nothing behind: its prediction goes too, input and log included."""
    Prediction.objects.filter(id=instance.prediction_id).delete()
