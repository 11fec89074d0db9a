"""A link by which anybody may read a conversation, until it expires or is revoked."""

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chatapp import notifications

from .attachments import Attachment
from .messages import SharedMessage

if TYPE_CHECKING:
    from .conversations import Conversation


def new_token() -> str:
    return secrets.token_urlsafe(24)


class ShareQuerySet(models.QuerySet):
    def open(self) -> "ShareQuerySet":
        """Those that can be read now."""
        kept = models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now())
        is_there = models.Q(conversation__deleted_at=None, conversation__is_temporary=False)
        return self.filter(kept, is_there, revoked_at=None)


class Share(models.Model):
    LIFETIMES = [("1", _("1 day")), ("7", _("7 days")), ("30", _("30 days")), ("", _("For ever"))]

    conversation = models.ForeignKey("Conversation", models.CASCADE, related_name="shares")
    token = models.CharField(max_length=40, unique=True, default=new_token, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    view_count = models.PositiveIntegerField(default=0)

    objects = ShareQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.conversation}, from {self.created_at:%d %b %Y} on"

    def get_absolute_url(self) -> str:
        return reverse("share", args=[self.token])

    @staticmethod
    def end_after(days: str) -> datetime | None:
        """When a link ends that is made now, for one of LIFETIMES."""
        return timezone.now() + timedelta(days=int(days)) if days else None

    def revoke(self) -> None:
        self.revoked_at = timezone.now()
        self.save(update_fields=["revoked_at"])
        notifications.ring(self.conversation)

    def count_view(self) -> None:
        Share.objects.filter(id=self.id).update(view_count=models.F("view_count") + 1)

    def shown(self) -> list[SharedMessage]:
        """The turns of the branch that is shown now, as readers get them."""
        return self._given(self._path())

    def message(self, id: UUID) -> SharedMessage | None:
        """One of those turns; None for what is not shown."""
        return next(iter(self._given([id])), None) if id in self._path() else None

    def copy_for(self, **whose: object) -> "Conversation":
        """A reader's own conversation that begins with what is shown. The system prompt, the
        parameters and what is in text files stay the owner's."""
        shown = self.conversation
        images = Attachment.objects.images().filter(message__conversation=shown)
        turns = [turn for turn in self.shown() if not turn.is_running]
        with transaction.atomic():
            copy = type(shown).objects.create(title=shown.title, version=shown.version, **whose)
            copy.copy_turns([turn for turn in turns if turn.body or turn.files], images)
        notifications.ring(copy)
        return copy

    def _path(self) -> list[UUID]:
        return self.conversation.tree().path(self.conversation.head_id)

    def _given(self, path: list[UUID]) -> list[SharedMessage]:
        turns = SharedMessage.objects.filter(conversation=self.conversation_id)
        found = turns.with_words().prefetch_related("attachments").in_bulk(path)
        for turn in found.values():
            turn.token = self.token
        return [found[id] for id in path if id in found]
