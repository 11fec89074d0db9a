"""A conversation's branches: the verbs that put another message in the place of one, or show it.

Nothing that was said is lost: each of them makes a sibling, or moves the head.
"""

import uuid
from typing import Self

from django.db import transaction
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from chatapp import notifications
from predictions.models import Version

from .attachments import Attachment, AttachmentQuerySet
from .messages import Message
from .refusals import AskRefused


class Branching:
    """Mixed into Conversation. `head` is the id of the last message that whoever asks has seen:
    where the conversation has gone on since, they are refused, and look again."""

    def retry(
        self, answer: Message, *, version: Version | None = None, head: uuid.UUID | None = None
    ) -> Message:
        """Another answer to the same question, shown in place of `answer`, which is kept.

        Of one that went on from another and did not end well, the same words come first. Asked
        again while that one is written, it is the same one. Raises AskRefused.
        """
        with transaction.atomic():
            self._lock()
            running = self.running
            if running and running != answer and running.parent_id == answer.parent_id:
                return running
            self._refuse_to_branch(head)
            again = answer.can_retry and answer.prefix
            begun = {"prefix": answer.prefix, "continues": answer.continues} if again else {}
            return self._answer(answer.parent, version=version, **begun)

    def extend(
        self, answer: Message, at: int | None = None, *, head: uuid.UUID | None = None
    ) -> Message:
        """An answer that goes on after the first `at` characters of `answer` (None: after all of
        it), which is kept. Raises AskRefused."""
        with transaction.atomic():
            self._lock()
            self._refuse_to_branch(head)
            return self._answer(answer.parent, prefix=beginning(answer, at), continues=answer)

    def rewind(self, answer: Message, at: int, *, head: uuid.UUID | None = None) -> Message:
        """An answer that ends after the first `at` characters of `answer`, which is kept: the next
        question is asked from there. Raises AskRefused."""
        with transaction.atomic():
            self._lock()
            self._refuse_to_branch(head)
            return self._show(
                self.messages.create(
                    parent_id=answer.parent_id,
                    role=Message.Role.ASSISTANT,
                    prefix=beginning(answer, at),
                    continues=answer,
                )
            )

    def edit(
        self,
        question: Message,
        text: str,
        *,
        message_id: uuid.UUID | None = None,
        head: uuid.UUID | None = None,
    ) -> Message:
        """Ask another text in place of `question`, which is kept. Returns the answer. The same
        `message_id` is the same turn, as in `ask`. Raises AskRefused."""
        with transaction.atomic():
            self._lock()
            if not (message_id and self._answer_to(message_id, text)):
                self._refuse_to_branch(head)
            return self.ask(text, message_id=message_id, instead_of=question)

    def show(self, message: Message, *, head: uuid.UUID | None = None) -> None:
        """Show the branch that `message` is in, as far as it goes. Raises AskRefused."""
        with transaction.atomic():
            self._lock()
            self._refuse_to_branch(head)
            self.head_id = self.tree().leaf(message.id)
            self.save(update_fields=["head"])
            notifications.ring(self)

    def fork(self, message: Message) -> Self:
        """A new conversation of the same visitor that begins as this one, up to `message`."""
        fork = type(self)(
            owner=self.owner,
            visitor=self.visitor,
            title=_title_of_fork(self.title),
            version=self.version,
            input=self.input,
            is_temporary=self.is_temporary,
            forked_from=message,
        )
        with transaction.atomic():
            fork.save(force_insert=True)
            tree = self.tree()
            attachments = Attachment.objects.filter(message__conversation=self)
            fork.copy_turns(self.turns(tree.path(message.id), tree), attachments)
            notifications.ring(fork)
            notifications.ring(self)  # where the fork is named
        return fork

    def copy_turns(self, turns: list[Message], attachments: AttachmentQuerySet) -> None:
        """Go on with copies of these turns, and of those attachments that are theirs."""
        copies: dict[uuid.UUID, Message] = {}
        for turn in turns:
            copies[turn.id] = self.head = turn.copy(self, after=self.head)
        Message.objects.bulk_create(copies.values(), batch_size=500)
        self.save(update_fields=["head"])
        for attachment in attachments:
            if attachment.message_id in copies:
                attachment.copy_to(copies[attachment.message_id])

    def _refuse_to_branch(self, head: uuid.UUID | None) -> None:
        self._refuse_while_answering()
        if head and head != self.head_id:
            raise AskRefused(_("This conversation has gone on in another window. Look again."))


def beginning(answer: Message, at: int | None) -> str:
    """The first `at` characters of what was said. Raises AskRefused where there are none such."""
    body = answer.body
    if not body[:at].strip() or (at is not None and not 0 < at <= len(body)):
        raise AskRefused(_("There is no such place in this answer. Choose a word of it."))
    return body[:at]


def _title_of_fork(title: str) -> str:
    mark = _("(fork)")
    return f"{Truncator(title.removesuffix(f' {mark}')).chars(90 - len(mark))} {mark}"
