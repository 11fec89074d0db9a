"""What a visitor sent while an answer was still being written: asked in turn once it has ended."""

import uuid

from django.db import models
from django.utils import timezone


class QueuedTurn(models.Model):
    """`id` becomes the message's id: sent twice, it is asked once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey("Conversation", models.CASCADE, related_name="queue")
    text = models.TextField()
    # Asked as soon as the running answer has stopped, however it ended.
    is_urgent = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-is_urgent", "created_at"]

    def __str__(self) -> str:
        return self.text[:60]
