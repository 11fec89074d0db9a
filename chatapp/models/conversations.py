"""A conversation: whose it is, which version answers, what is shown, and the verb `ask`."""

import uuid
from collections import defaultdict
from collections.abc import Iterable

from django.db import IntegrityError, models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from chatapp import limits, notifications, prompting
from chatapp.enclosures import image_input
from chatapp.engine_words import in_their_language
from predictions.inputs import InvalidInput
from predictions.models import Prediction, Version

from .attachments import Attachment
from .branches import Branching
from .messages import Message
from .owned import whoever_asks
from .queued import Queueing
from .refusals import AskRefused, Gone, NotAvailable, StillAnswering
from .shelf import ShelfQuerySet, Shelved
from .trees import Tree


class ConversationQuerySet(ShelfQuerySet):
    def begin(self, request, **fields: object) -> "Conversation":
        """A new conversation for whoever asks. Nothing is stored before its first `ask`."""
        return self.model(**whoever_asks(request), **fields)


class Conversation(Branching, Queueing, Shelved):
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
    # The embed site it is held on; "" for the chat page.
    site = models.CharField(max_length=50, blank=True, default="", editable=False)
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
            models.Index(
                fields=["updated_at", "id"],
                name="conversation_there",
                condition=models.Q(deleted_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.title or str(self.id)

    def get_absolute_url(self) -> str:
        return reverse("conversation", args=[self.id])

    def ask(
        self,
        text: str,
        *,
        message_id: uuid.UUID | None = None,
        instead_of: Message | None = None,
        attachments: Iterable = (),
    ) -> Message:
        """Take a turn: the visitor's message is kept and its answer begins. Returns the answer.

        `attachments` are ids of unsent ones, which go with it. The same `message_id` is the same
        turn: asked twice, it is answered once. It follows the head, or takes the place of another
        message. Raises AskRefused.
        """
        message_id, is_new = message_id or uuid.uuid4(), self._state.adding
        try:
            with transaction.atomic():
                self._lock()
                return self._answer_to(message_id, text) or self._ask(
                    text, message_id, instead_of, attachments
                )
        except IntegrityError:
            # The other of two simultaneous submits came first, or an old page was used again.
            self._state.adding = is_new
            return self._answer_to(message_id, text) or self.ask(
                text, instead_of=instead_of, attachments=attachments
            )

    def tree(self) -> Tree:
        """Who replies to whom."""
        return Tree(self.messages.order_by("created_at").values_list("id", "parent", "role"))

    def shown(self) -> list[Message]:
        """The turns that the page shows: from the first on to the head."""
        tree = self.tree()
        return self.turns(tree.path(self.head_id), tree)

    def turns(self, ids: list[uuid.UUID], tree: Tree) -> list[Message]:
        """These messages, knowing what was said in their places and what was forked from them."""
        turns = self.read(ids)
        attachments = Attachment.objects.defer("text")
        models.prefetch_related_objects(turns, models.Prefetch("attachments", attachments))
        forks = defaultdict(list)
        for fork in Conversation.objects.filter(forked_from__in=ids, deleted_at=None):
            forks[fork.forked_from_id].append(fork)
        for message in turns:
            message.conversation = self
            message.variants = tree.variants(message.id)
            message.known_forks = forks[message.id]
        return turns

    def read(self, ids: list[uuid.UUID]) -> list[Message]:
        """These turns, with their words, in this order."""
        found = self.messages.with_words().in_bulk(ids)
        return [found[id] for id in ids]

    @property
    def running(self) -> Message | None:
        """The answer that is being written, if there is one."""
        answers = self.messages.filter(prediction__status__in=Prediction.RUNNING)
        return answers.with_words().defer("text").first()

    def _ask(
        self,
        text: str,
        message_id: uuid.UUID,
        instead_of: Message | None = None,
        attachments: Iterable = (),
    ) -> Message:
        self._refuse_while_answering()
        if self._state.adding:
            self.title = title_of(text or name_of(attachments), self.TITLE_LENGTH)
            self.save(force_insert=True)
        parent = instead_of.parent_id if instead_of else self.head_id
        question = self.messages.create(
            id=message_id, parent_id=parent, role=Message.Role.USER, text=text
        )
        if instead_of:
            for attachment in instead_of.attachments.all():
                attachment.copy_to(question)
        if not Attachment.objects.send(attachments, question):
            raise AskRefused(_("A file is not there any more. Remove it, and attach it again."))
        self._refuse_unseen_images(question)
        return self._answer(question)

    def _answer(
        self,
        question: Message,
        *,
        version: Version | None = None,
        prefix: str = "",
        continues: Message | None = None,
    ) -> Message:
        """Ask for an answer, or for the rest of one that begins with `prefix`."""
        version = version or self.version
        if version is None:
            raise AskRefused(_("Choose a model first: there is none to answer."))
        if not version.upstream.enabled:
            raise NotAvailable(version.model)
        turns = [*self._turns_before(question), question]
        models.prefetch_related_objects(turns, "attachments")
        try:
            prediction = version.predict(
                prompting.input_for(version, turns, self.input, prefix),
                owner=self.owner,
                source="web",
            )
        except InvalidInput as error:
            sentence = _("%(model)s cannot be asked this way: %(why)s.")
            why = "; ".join(in_their_language(field.description) for field in error.fields)
            told = {"model": version.model, "why": why.rstrip(".。")}
            raise AskRefused(sentence % told) from error
        limits.spend(self.owner, self.visitor, self.site)
        return self._show(
            self.messages.create(
                parent=question,
                role=Message.Role.ASSISTANT,
                prediction=prediction,
                prefix=prefix,
                continues=continues,
            )
        )

    def _show(self, message: Message) -> Message:
        self.head, self.updated_at = message, timezone.now()
        self.save(update_fields=["updated_at", "version", "input", "head"])
        notifications.ring(self)
        return message

    def _refuse_unseen_images(self, question: Message) -> None:
        if (
            self.version
            and not image_input(self.version)
            and any(f.is_image for f in question.files)
        ):
            sentence = _("%(model)s cannot see images. Choose another model, or remove them.")
            raise AskRefused(sentence % {"model": self.version.model})

    def _turns_before(self, question: Message) -> list[Message]:
        return self.read(self.tree().path(question.parent_id))

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
        """One turn at a time. (On SQLite the transaction itself is the lock.) Raises Gone."""
        if not self._state.adding:
            there = Conversation.objects.filter(id=self.id, deleted_at=None)
            fresh = there.select_for_update().only("head").first()
            if fresh is None:
                raise Gone(_("This conversation was deleted."))
            self.head_id = fresh.head_id

    def _refuse_while_answering(self) -> None:
        if self.running:
            sentence = _("An answer is still being written. Wait for its end, or stop it.")
            raise StillAnswering(sentence)


def name_of(attachments: Iterable) -> str:
    """The name of the first of these ids; "" where there is none."""
    found = Attachment.objects.filter(id__in=attachments)
    return found.values_list("name", flat=True).first() or ""


def title_of(text: str, length: int) -> str:
    """The first words of a text, on one line, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    cut = line[:length].rpartition(" ")[0]
    return f"{cut}…" if len(cut) > length // 2 else Truncator(line).chars(length)
