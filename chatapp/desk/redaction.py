"""Redaction: what was said becomes unreadable, in every place where it is repeated.

Each character that can be seen becomes a █, so that texts keep their lengths: the log that is
replayed still equals the stored output, event by event. Redacted twice, it is the same.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from chatapp import notifications, search
from chatapp.models import (
    Attachment,
    AuditEntry,
    Comment,
    Conversation,
    ExpectedAnswer,
    Flag,
    Message,
    QueuedTurn,
    SearchEntry,
)
from chatapp.models.conversations import title_of
from predictions.models import ERROR, LOGS, OUTPUT, Prediction

from . import audit
from .masking import cut, masked, pattern_of, walk


class RedactRefused(Exception):
    """Nothing was changed. The text is a sentence for whoever asked."""


@dataclass(frozen=True)
class Redaction:
    """What is to go: `words`, wherever they are in the conversation; or "", all of `message`.
    `with_files`: what was attached to it, too. `with_remarks`: what reviewers wrote, too."""

    message: Message
    words: str = ""
    with_files: bool = False
    with_remarks: bool = True

    def preview(self) -> Counter:
        """In how many places of each kind it would be changed. Raises RedactRefused."""
        with transaction.atomic():
            counts = _Hand(self, is_dry=True).work()
            transaction.set_rollback(True)
        return counts

    @transaction.atomic
    def apply(self, who) -> Counter:
        """Do it; in how many places. Raises RedactRefused."""
        hand = _Hand(self)
        counts = hand.work()
        if any(counts.values()):
            audit.record(
                who,
                AuditEntry.Verb.REDACTED,
                self.message.conversation_id,
                message=str(self.message.id),
                what="words" if self.words else "message",
                **counts,
            )
        for conversation in hand.conversations:
            notifications.ring(conversation)
        return counts


@dataclass
class _Hand:
    """Does one redaction, inside a transaction."""

    asked: Redaction
    is_dry: bool = False  # then all is rolled back, and no file must be written
    counts: Counter = field(default_factory=Counter)
    changed: set[UUID] = field(default_factory=set)

    def work(self) -> Counter:
        self.copies = self._copies_of([self.asked.message.id])
        self.conversations = self._lock()
        self._choose_words()
        for message in self._messages():
            self._redact_message(message)
        for attachment in self._attachments():
            self._redact_attachment(attachment)
        for prediction in self._predictions():
            self._redact_prediction(prediction)
        self._redact_the_rest()
        self._index_anew()
        return +self.counts

    def _lock(self) -> list[Conversation]:
        """The conversation, and those that have copies of it."""
        origin = self.asked.message.conversation_id
        ids = {origin, *self._forks(origin)}
        ids |= set(self.copies.values_list("conversation", flat=True))
        locked = Conversation.objects.select_for_update().filter(id__in=ids).order_by("id")
        conversations = list(locked)
        running = Prediction.objects.filter(status__in=Prediction.RUNNING)
        if running.filter(message__conversation__in=conversations).exists():
            raise RedactRefused("An answer is still being written. Stop it, or wait for its end.")
        return conversations

    def _forks(self, id: UUID) -> set[UUID]:
        """All that was forked from it, and from those again."""
        found: set[UUID] = set()
        newest = {id}
        while newest:
            forks = Conversation.objects.filter(forked_from__conversation__in=newest)
            newest = set(forks.values_list("id", flat=True)) - found - {id}
            found |= newest
        return found

    def _copies_of(self, ids: Iterable[UUID]) -> QuerySet:
        """These, and what was copied of them to forks and by readers of shared links: a copy has
        the time and the words of its original."""
        originals = list(Message.objects.filter(id__in=ids).with_words())
        same = Q(id__in=[each.id for each in originals])
        for each in originals:
            twins = Message.objects.filter(created_at=each.created_at, role=each.role)
            same |= Q(id__in=[twin.id for twin in twins.with_words() if twin.body == each.body])
        return Message.objects.filter(same)

    def _choose_words(self) -> None:
        asked = self.asked
        if asked.words:
            self.pattern = pattern_of([asked.words], whole=False)
        else:
            texts = [asked.message.body]
            if asked.with_files:
                texts += asked.message.attachments.values_list("text", flat=True)
            self.pattern = pattern_of(texts, whole=True)

    def _messages(self) -> Iterable[Message]:
        """Whose own words change: of a whole message it alone, its copies, and what goes on from
        them."""
        everywhere = Message.objects.filter(conversation__in=self.conversations)
        if not self.asked.words:
            family = set(self.copies.values_list("id", flat=True))
            newest = family
            while newest:
                after = everywhere.filter(continues__in=newest).values_list("id", flat=True)
                newest = set(self._copies_of(set(after) - family).values_list("id", flat=True))
                newest -= family
                family |= newest
            everywhere = everywhere.filter(id__in=family)
        # Not an iterator: rows change while it is read.
        return list(everywhere.with_words().order_by("created_at"))

    def _redact_message(self, message: Message) -> None:
        body = message.body
        if self.asked.words:
            new = self._said(body)
        elif message.id in {each.id for each in self.copies}:
            new = masked(body)
        else:  # it goes on from one of them: its beginning
            new = masked(message.prefix) + body[len(message.prefix) :]
        if new == body:
            return
        self.counts["messages"] += 1
        self.changed.add(message.id)
        at = len(message.prefix)
        if message.prediction:
            self._put_output(message.prediction, new[at:])
        fields = {"text": "" if at or message.prediction else new, "prefix": new[:at]}
        Message.objects.filter(id=message.id).update(redacted_at=timezone.now(), **fields)
        self._redact_title(message, body, new)

    def _put_output(self, prediction: Prediction, words: str) -> None:
        """The same pieces with other words, in the output and in the log."""
        if prediction.output is not None:
            prediction.output = cut(prediction.output, words)
            Prediction.objects.filter(id=prediction.id).update(output=prediction.output)
        self._put_events(prediction, OUTPUT, words)

    def _put_events(self, prediction: Prediction, kind: str, words: str) -> None:
        at = 0
        for segment in prediction.segments.all():
            for event in segment.events:
                if event[1] == kind:
                    event[2], at = words[at : at + len(event[2])], at + len(event[2])
            segment.save(update_fields=["events"])

    def _redact_title(self, message: Message, old: str, new: str) -> None:
        """A title that is a message's first words, or that a model made of the first ones."""
        for conversation in self.conversations:
            if conversation.id != message.conversation_id:
                continue
            length = Conversation.TITLE_LENGTH
            bare = conversation.title.rstrip("…").strip()
            is_its = bool(bare) and " ".join(old.split()).startswith(bare)
            is_made = message.parent_id is None and not conversation.is_renamed
            if conversation.title == title_of(old, length):
                self._put_title(conversation, title_of(new, length))
            elif not self.asked.words and (is_its or is_made):
                self._put_title(conversation, masked(conversation.title))

    def _put_title(self, conversation: Conversation, title: str) -> None:
        if title != conversation.title:
            self.counts["titles"] += 1
            conversation.title = title
            Conversation.objects.filter(id=conversation.id).update(title=title)
            audit.forget_title(conversation.id)

    def _attachments(self) -> Iterable[Attachment]:
        return list(Attachment.objects.filter(message__conversation__in=self.conversations))

    def _redact_attachment(self, attachment: Attachment) -> None:
        is_of_it = attachment.message_id in {each.id for each in self.copies}
        if self.asked.with_files and is_of_it:
            self.counts["files removed"] += 1
            self.changed.add(attachment.message_id)
            Message.objects.filter(id=attachment.message_id).update(redacted_at=timezone.now())
            attachment.delete()
        elif attachment.text and (new := self._said(attachment.text)) != attachment.text:
            self.counts["files"] += 1
            if not self.is_dry:
                _rewrite(attachment, new)

    def _predictions(self) -> Iterable[Prediction]:
        """The runs of these conversations, one at a time: their inputs repeat what was said."""
        here = Q(message__conversation__in=self.conversations)
        ids = Prediction.objects.filter(here | Q(naming__conversation__in=self.conversations))
        for id in list(ids.values_list("id", flat=True)):
            yield Prediction.objects.get(id=id)

    def _redact_prediction(self, prediction: Prediction) -> None:
        texts = {name: getattr(prediction, name) for name in ("input", "logs", "error_detail")}
        texts["error"] = prediction.error
        new = {name: walk(value, self._said) for name, value in texts.items()}
        changed = {name: value for name, value in new.items() if value != texts[name]}
        # What a model thought of a message that is wholly redacted tells of it.
        is_whole = not self.asked.words and self._is_answer(prediction)
        if is_whole and (thoughts := masked(prediction.logs)) != prediction.logs:
            changed["logs"] = thoughts
        if not changed:
            return
        self.counts["inputs"] += "input" in changed
        self.counts["thoughts and logs"] += "logs" in changed
        self.counts["errors"] += bool({"error", "error_detail"} & set(changed))
        Prediction.objects.filter(id=prediction.id).update(**changed)
        if "logs" in changed:
            self._put_events(prediction, LOGS, changed["logs"])
        if "error" in changed:
            self._put_events(prediction, ERROR, changed["error"])

    def _is_answer(self, prediction: Prediction) -> bool:
        return prediction.id in {each.prediction_id for each in self.copies}

    def _redact_the_rest(self) -> None:
        here = {"conversation__in": self.conversations}
        self._redact_rows("waiting messages", QueuedTurn.objects.filter(**here), "text")
        for conversation in self.conversations:
            self._put_title(conversation, self._said(conversation.title))
            if (new := walk(conversation.input, self._said)) != conversation.input:
                self.counts["system prompts"] += 1
                Conversation.objects.filter(id=conversation.id).update(input=new)
        if self.asked.with_remarks:
            self._redact_rows("comments", Comment.objects.filter(**here), "text")
            self._redact_rows("flags", Flag.objects.filter(**here), "reason")
            of_messages = ExpectedAnswer.objects.filter(
                message__conversation__in=self.conversations
            )
            self._redact_rows("expected answers", of_messages, "text")

    def _redact_rows(self, kind: str, rows: QuerySet, name: str) -> None:
        for row in rows:
            old = getattr(row, name)
            if (new := self._said(old)) != old:
                self.counts[kind] += 1
                rows.model.objects.filter(pk=row.pk).update(**{name: new})

    def _index_anew(self) -> None:
        SearchEntry.objects.filter(message__in=self.changed).delete()
        there = Message.objects.filter(id__in=self.changed, conversation__is_temporary=False)
        search.index(there.with_words())

    def _said(self, text: str) -> str:
        """With what is redacted made unreadable."""
        if self.pattern is None:
            return text
        return self.pattern.sub(lambda found: masked(found[0]), text)


def _rewrite(attachment: Attachment, text: str) -> None:
    """Another file in place of the one that is there, which goes once this is committed."""
    storage, old = attachment.content.storage, attachment.content.name
    content = ContentFile(text.encode())
    attachment.text, attachment.size = text, content.size
    attachment.content.save(f"{old}-redacted", content, save=False)
    attachment.save(update_fields=["text", "size", "content"])
    transaction.on_commit(lambda: storage.delete(old), robust=True)
