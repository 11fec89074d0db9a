"""A link by which anybody may read a conversation, until it expires or is revoked."""

import secrets

from django.db import models
from django.utils import timezone


def new_token() -> str:
    return secrets.token_urlsafe(24)


class ShareQuerySet(models.QuerySet):
    def open(self) -> "ShareQuerySet":
        """Those that can be read now."""
        kept = models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now())
        return self.filter(kept, revoked_at=None, conversation__deleted_at=None)


class Share(models.Model):
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
