"""A message: one turn in a conversation's tree. The words of an answer live in its prediction."""

import uuid
from functools import cached_property
from typing import NamedTuple

from django.db import models
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone

from chatapp import seams
from predictions.models import Prediction

from .answers import Answer


class Way(NamedTuple):
    """How whoever sees a message reaches what is of it: the names of its addresses begin with
    `prefix`, the addresses with `first`."""

    prefix: str = ""
    first: tuple[str, ...] = ()


EMBED = "embed_"


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
    mark = ""  # what a page knows of what may change in it: see chatapp/turns.py
    way = Way()

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
    redacted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        indexes = [models.Index(fields=["created_at"], name="message_by_age")]

    def __str__(self) -> str:
        return f"{self.get_role_display()}, {self.created_at:%d %b %H:%M}"

    @property
    def body(self) -> str:
        """What was said: the visitor's text, or the words of the answer so far."""
        return self.prefix + super().body if self.prediction else self.prefix or self.text

    @cached_property
    def variants(self) -> list[uuid.UUID]:
        """This message and the others that were said in its place, oldest first."""
        same = {"parent": self.parent_id, "role": self.role}
        siblings = Message.objects.filter(conversation=self.conversation_id, **same)
        return list(siblings.order_by("created_at").values_list("id", flat=True))

    @property
    def place(self) -> int:
        """Which of its variants it is, 1 for the oldest."""
        return self.variants.index(self.id) + 1

    @property
    def previous_variant(self) -> uuid.UUID | None:
        return self.variants[self.place - 2] if self.place > 1 else None

    @property
    def next_variant(self) -> uuid.UUID | None:
        return self.variants[self.place] if self.place < len(self.variants) else None

    @cached_property
    def known_forks(self) -> list:
        """The conversations that were forked from here."""
        return list(self.forks.filter(deleted_at=None))

    @property
    def is_cut(self) -> bool:
        """Whether it is an answer that somebody rewound, to ask from there."""
        return bool(self.continues_id and not self.prediction_id)

    @property
    def seam(self) -> str:
        """The last words before the place where a continued answer goes on; "" without one."""
        words = self.prefix[-300:].split() if self.continues_id else []
        return " ".join([word for word in words if any(map(str.isalnum, word))][-6:])[-60:]

    @property
    def html(self) -> str:
        """The answer rendered, with a mark where it goes on from another one. Safe."""
        if self.continues_id and self.prediction_id:
            return seams.render(self.body, len(self.prefix))
        return super().html

    @property
    def can_extend(self) -> bool:
        """Whether there is something to go on from."""
        return bool(self.body.strip()) and not self.is_running

    def copy(self, conversation, after: "Message | None") -> "Message":
        """The turn as it stands, unsaved, in another conversation: an answer's words, no run."""
        is_answer = self.role == self.Role.ASSISTANT
        return Message(
            conversation=conversation,
            parent=after,
            role=self.role,
            text="" if is_answer else self.text,
            prefix=self.body if is_answer else "",
            created_at=self.created_at,
        )

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
        return self._reached("message")

    @property
    def text_url(self) -> str:
        return self._reached("message_text")

    @property
    def waiting_url(self) -> str:
        return self._reached("message_waiting")

    @property
    def stop_url(self) -> str:
        return self._reached("stop")

    @property
    def retry_url(self) -> str:
        return self._reached("retry")

    @property
    def feedback_url(self) -> str:
        """ "" where there was no run to be judged."""
        return self._reached("feedback") if self.prediction_id else ""

    @property
    def is_embedded(self) -> bool:
        return self.way.prefix == EMBED

    def _reached(self, name: str) -> str:
        return reverse(f"{self.way.prefix}{name}", args=[*self.way.first, self.id])


@receiver(pre_delete, sender=Message)
def stop_its_run(instance: Message, **kwargs) -> None:
    running = Prediction.objects.filter(status__in=Prediction.RUNNING)
    for prediction in running.filter(id=instance.prediction_id):  # it may have gone before
        prediction.cancel()


@receiver(models.signals.post_delete, sender=Message)
def delete_its_words(instance: Message, **kwargs) -> None:
    """A deleted message leaves nothing behind: its prediction goes too, input and log included."""
    Prediction.objects.filter(id=instance.prediction_id).delete()


class SharedMessage(Message):
    """A message as the readers of a shared link get it; `token` is the link's."""

    is_shared = True
    token = ""

    class Meta:
        proxy = True

    @property
    def way(self) -> Way:
        return Way("shared_", (self.token,))

    @property
    def stream_url(self) -> str:
        return f"/share/{self.token}/live/{self.id}" if super().stream_url else ""

    @property
    def stop_url(self) -> str:
        return ""
