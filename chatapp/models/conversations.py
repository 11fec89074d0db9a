"""A conversation: whose it is, which version answers, and the verbs `ask` and `retry`."""

import uuid

from django.db import IntegrityError, models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator

from chatapp import limits, notifications, prompting
from predictions.inputs import InvalidInput
from predictions.models import Prediction, Version

from .messages import Message
from .owned import Owned, OwnedQuerySet, whoever_asks
from .refusals import AskRefused
from .trees import Tree


class ConversationQuerySet(OwnedQuerySet):
    def for_request(self, request) -> "ConversationQuerySet":
        return super().for_request(request).filter(deleted_at=None)

    def begin(self, request) -> "Conversation":
        """A new conversation for whoever asks. Nothing is stored before its first `ask`."""
        return self.model(**whoever_asks(request))


class Conversation(Owned):
    TITLE_LENGTH = 60

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=100, blank=True)
    version = models.ForeignKey(
        Version, models.SET_NULL, null=True, blank=True, related_name="conversations"
    )
    # What each turn is asked with: part of the version's input (the system prompt, parameters).
    input = models.JSONField(default=dict, blank=True)
    # The last message of the branch that is shown.
    head = models.ForeignKey(Message, models.SET_NULL, null=True, blank=True, related_name="+")
    forked_from = models.ForeignKey(
        Message, models.SET_NULL, null=True, blank=True, related_name="forks"
    )
    is_renamed = models.BooleanField(default=False)
    is_temporary = models.BooleanField(default=False)
    pinned_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)  # and gone soon after
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at"]
        indexes = [
            models.Index(fields=["owner", "-updated_at"], name="conversation_of_owner"),
            models.Index(fields=["visitor", "-updated_at"], name="conversation_of_visitor"),
        ]

    def __str__(self) -> str:
        return self.title or str(self.id)

    def get_absolute_url(self) -> str:
        return reverse("conversation", args=[self.id])

    def ask(self, text: str, *, message_id: uuid.UUID | None = None) -> Message:
        """Take a turn: the visitor's message is kept and its answer begins. Returns the answer.

        The same `message_id` is the same turn: asked twice, it is answered once. Raises AskRefused.
        """
        message_id, is_new = message_id or uuid.uuid4(), self._state.adding
        try:
            with transaction.atomic():
                self._lock()
                return self._answer_to(message_id, text) or self._ask(text, message_id)
        except IntegrityError:
            # The other of two simultaneous submits came first, or an old page was used again.
            self._state.adding = is_new
            return self._answer_to(message_id, text) or self.ask(text)

    def retry(self, answer: Message) -> Message:
        """Another answer to the same question, shown in place of `answer`, which is kept."""
        with transaction.atomic():
            self._lock()
            if answer.replies.exists():
                raise AskRefused("The conversation has gone on since. Ask again below.")
            newest = answer.parent.replies.order_by("-created_at").first()
            if newest != answer:
                return newest
            self._refuse_while_answering()
            return self._answer(answer.parent)

    def tree(self) -> Tree:
        """Who replies to whom."""
        return Tree(self.messages.order_by("created_at").values_list("id", "parent", "role"))

    def shown(self) -> list[Message]:
        """The turns that the page shows: from the first on to the head."""
        path = self.tree().path(self.head_id)
        found = self.messages.with_words().in_bulk(path)
        return [found[id] for id in path]

    @property
    def running(self) -> Message | None:
        """The answer that is being written, if there is one."""
        answers = self.messages.filter(prediction__status__in=Prediction.RUNNING)
        return answers.with_words().first()

    def _ask(self, text: str, message_id: uuid.UUID) -> Message:
        self._refuse_while_answering()
        if self._state.adding:
            self.title = title_of(text, self.TITLE_LENGTH)
            self.save(force_insert=True)
        question = self.messages.create(
            id=message_id, parent_id=self.head_id, role=Message.Role.USER, text=text
        )
        return self._answer(question)

    def _answer(self, question: Message) -> Message:
        if self.version is None:
            raise AskRefused("Choose a model first: there is none to answer.")
        if not self.version.upstream.enabled:
            raise AskRefused(
                f"The model {self.version.model} is not available any more. Choose another."
            )
        turns = [*self._turns_before(question), question]
        try:
            prediction = self.version.predict(
                prompting.input_for(self.version, turns), owner=self.owner, source="web"
            )
        except InvalidInput as error:
            raise AskRefused(f"{self.version.model} cannot be asked this way: {error}.") from error
        limits.spend(self.owner, self.visitor)
        self.head = self.messages.create(
            parent=question, role=Message.Role.ASSISTANT, prediction=prediction
        )
        self.updated_at = timezone.now()
        self.save(update_fields=["updated_at", "version", "head"])
        notifications.ring(self)
        return self.head

    def _turns_before(self, question: Message) -> list[Message]:
        path = self.tree().path(question.parent_id)
        found = self.messages.with_words().in_bulk(path)
        return [found[id] for id in path]

    def _answer_to(self, message_id: uuid.UUID, text: str) -> Message | None:
        return (
            Message.objects.filter(
                parent=message_id,
                parent__text=text,
                conversation__owner=self.owner,
                conversation__visitor=self.visitor,
            )
            .order_by("-created_at")
            .first()
        )

    def _lock(self) -> None:
        """One turn at a time. (On SQLite the transaction itself is the lock.)"""
        if not self._state.adding:
            fresh = Conversation.objects.select_for_update().only("head").get(id=self.id)
            self.head_id = fresh.head_id

    def _refuse_while_answering(self) -> None:
        if self.running:
            raise AskRefused("An answer is still being written. Wait for its end, or stop it.")


def title_of(text: str, length: int) -> str:
    """The first words of a text, on one line, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    cut = line[:length].rpartition(" ")[0]
    return f"{cut}…" if len(cut) > length // 2 else Truncator(line).chars(length)
