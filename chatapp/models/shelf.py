"""The shelf: where a conversation stands in its owner's list, and the way out of it.

Nothing here is a turn: `updated_at`, by which the list is ordered, stays as it is.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from chatapp import notifications
from predictions.models import Prediction

from .owned import Owned, OwnedQuerySet

UNDO_TIME = timedelta(minutes=10)  # in which a deleted conversation can be had back
BATCH = 20  # messages that are removed at a time


class ShelfQuerySet(OwnedQuerySet):
    def for_request(self, request) -> "ShelfQuerySet":
        return super().for_request(request).filter(deleted_at=None)

    def listed(self) -> "ShelfQuerySet":
        """What the list shows: neither archived nor temporary."""
        return self.filter(archived_at=None, is_temporary=False)

    def archived(self) -> "ShelfQuerySet":
        return self.exclude(archived_at=None).filter(is_temporary=False)

    def deleted_for_request(self, request) -> "ShelfQuerySet":
        """What whoever asks has deleted and may still have back."""
        since = timezone.now() - UNDO_TIME
        return OwnedQuerySet.for_request(self, request).filter(deleted_at__gt=since)

    def throw_away_for_good(self) -> int:
        """Hide them at once, with no way back: they are removed next. How many there were. It has
        to be said to their pages and summaries."""
        return self.update(deleted_at=timezone.now() - UNDO_TIME - timedelta(seconds=1))

    def remove_some(self) -> int:
        """Remove the first of them, a long one from its end on, a batch of messages at a time; how
        many rows that were."""
        conversation = self.order_by("updated_at").first()
        if conversation is None:
            return 0
        messages = list(conversation.messages.order_by("-created_at")[:BATCH])
        for row in messages or [conversation]:
            row.delete()
        return len(messages) or 1


class Shelved(Owned):
    """Mixed into Conversation, which has the fields."""

    class Meta:
        abstract = True

    def rename(self, title: str) -> None:
        """The visitor's own title, which no other replaces."""
        self._put(title=" ".join(title.split())[:100].strip(), is_renamed=True)

    def pin(self) -> None:
        """Keep it on top; what is pinned is not archived."""
        self._put(pinned_at=timezone.now(), archived_at=None)

    def unpin(self) -> None:
        self._put(pinned_at=None)

    def archive(self) -> None:
        self._put(archived_at=timezone.now(), pinned_at=None)

    def unarchive(self) -> None:
        self._put(archived_at=None)

    def keep(self) -> None:
        """A temporary conversation becomes an ordinary one."""
        self._put(is_temporary=False)

    def throw_away(self) -> None:
        """Hide it at once; it is gone UNDO_TIME later. What is being answered is stopped, and what
        waits in the queue is not asked."""
        with transaction.atomic():
            self._put(deleted_at=timezone.now())
            self.queue.all().delete()
            for prediction in Prediction.objects.filter(
                message__conversation=self.id, status__in=Prediction.RUNNING
            ):
                prediction.cancel()

    def bring_back(self) -> None:
        self._put(deleted_at=None)

    def _put(self, **fields: object) -> None:
        for name, value in fields.items():
            setattr(self, name, value)
        self.save(update_fields=list(fields))
        notifications.ring(self)
        if self.forked_from:  # where it is named
            notifications.ring(self.forked_from.conversation)
