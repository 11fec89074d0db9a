"""What a visitor sent while an answer was still being written: asked in turn once it has ended."""

import uuid
from contextlib import suppress

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from chatapp import notifications

from .attachments import Attachment
from .refusals import AskRefused, Gone, StillAnswering

MOST = 10


class QueuedTurnQuerySet(models.QuerySet):
    def for_request(self, request) -> "QueuedTurnQuerySet":
        """Those of whoever asks; everybody else's do not exist."""
        from .conversations import Conversation

        mine = Conversation.objects.for_request(request)
        return self.filter(conversation__in=mine).select_related("conversation__version__model")


class QueuedTurn(models.Model):
    """`id` becomes the message's id: sent twice, it is asked once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey("Conversation", models.CASCADE, related_name="queue")
    text = models.TextField()
    # Asked as soon as the running answer has stopped, however it ended.
    is_urgent = models.BooleanField(default=False)
    # What its visitor reads: when its turn comes, nobody may be asking.
    language = models.CharField(max_length=16, blank=True, default="")
    # Why it could not be asked when its turn came: a sentence for the visitor.
    refusal = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = QueuedTurnQuerySet.as_manager()

    class Meta:
        ordering = ["-is_urgent", "created_at"]

    def __str__(self) -> str:
        return self.text[:60]

    def send_now(self) -> None:
        """Ask it before all others; an answer that is being written is stopped for it, but not
        this turn's own."""
        conversation = self.conversation
        with suppress(Gone), transaction.atomic():
            conversation._lock()
            waiting = conversation.queue.filter(id=self.id)
            if waiting.update(is_urgent=True, refusal="") and (running := conversation.running):
                running.prediction.cancel()
            notifications.ring(conversation)
        conversation.go_on()

    def remove(self) -> bool:
        """Whether it was still there, and had not been asked."""
        was_there = bool(QueuedTurn.objects.filter(id=self.id).delete()[0])
        notifications.ring(self.conversation)
        return was_there

    def refuse(self, sentence: str) -> None:
        """It stays, and says why."""
        self.is_urgent, self.refusal = False, sentence
        self.save(update_fields=["is_urgent", "refusal"])


class Queueing:
    """Mixed into Conversation: turns that wait for the end of an answer."""

    def take(self, text: str, *, message_id: uuid.UUID | None = None, **more):
        """Ask, or let the turn wait while an answer is being written.

        Returns the answer (a Message) or the QueuedTurn. Raises AskRefused.
        """
        message_id = message_id or uuid.uuid4()
        try:
            return self.ask(text, message_id=message_id, **more)
        except StillAnswering:
            waiting = self._wait(text, message_id, **more)
            return waiting or self.ask(text, message_id=message_id, **more)

    def go_on(self):
        """Ask the first that waits, if its time has come. Returns the answer, or None.

        However often and from wherever it is called, each turn is asked once.
        """
        with suppress(Gone), transaction.atomic():
            self._lock()
            turn = self.next_turn
            if turn is None:
                return None
            try:
                with transaction.atomic(), override(turn.language or None):
                    return self._ask_waiting(turn)
            except AskRefused as error:
                turn.refuse(str(error))
                notifications.ring(self)
        return None

    @property
    def next_turn(self) -> QueuedTurn | None:
        """Whom to ask now: nobody while an answer runs, after one that did not succeed only who
        was said to be sent now, and not who was refused."""
        turn = self.queue.first()
        if turn is None or turn.refusal or self.running:
            return None
        return turn if turn.is_urgent or self._has_succeeded else None

    @property
    def _has_succeeded(self) -> bool:
        answers = self.messages.exclude(prediction=None)  # what was rewound is none
        newest = answers.order_by("-created_at").with_words().first()
        return newest is None or newest.status == "succeeded"

    def _ask_waiting(self, turn: QueuedTurn):
        is_taken = self.messages.model.objects.filter(id=turn.id).exists()
        attached = [attachment.id for attachment in turn.attachments.all()]
        self.queue.filter(id=turn.id).delete()
        more = {"attachments": attached} if attached else {}
        return self._ask(turn.text, uuid.uuid4() if is_taken else turn.id, **more)

    def _wait(self, text: str, message_id: uuid.UUID, *, attachments=()) -> QueuedTurn | None:
        """Queue it, unless there is nothing to wait for any more."""
        with transaction.atomic():
            self._lock()
            if not self.running:
                return None
            if known := self.queue.filter(id=message_id, text=text).first():
                return known
            if self.queue.count() >= MOST:
                raise AskRefused(_("Ten messages are waiting already. Let one be answered first."))
            if QueuedTurn.objects.filter(id=message_id).exists():
                message_id = uuid.uuid4()
            turn = self.queue.create(id=message_id, text=text, language=get_language() or "")
            mine = Attachment.objects.filter(owner=self.owner, visitor=self.visitor, message=None)
            mine.filter(id__in=attachments).update(queued=turn)
            notifications.ring(self)
            return turn
