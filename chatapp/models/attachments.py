"""A file that goes with a visitor's message: text to be read, or an image to be seen."""

import uuid
from contextlib import suppress
from functools import partial

from django.db import models, transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from predictions.models.files import file_storage

from .owned import Owned, OwnedQuerySet


class Attachment(Owned):
    """Uploaded first, without a message; `text` is a text file's, decoded."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.ForeignKey(
        "Message", models.CASCADE, null=True, blank=True, related_name="attachments"
    )
    queued = models.ForeignKey(
        "QueuedTurn", models.SET_NULL, null=True, blank=True, related_name="attachments"
    )
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=255)
    content = models.FileField(storage=file_storage)
    size = models.PositiveBigIntegerField()
    text = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_image(self) -> bool:
        return self.content_type.startswith("image/")

    def copy_to(self, message) -> None:
        """The same file once more, with another message: each is deleted by itself. A file that is
        lost is left out."""
        copy = Attachment.objects.get(id=self.id)
        copy.id, copy.message, copy.queued = uuid.uuid4(), message, None
        copy._state.adding = True
        with suppress(FileNotFoundError), self.content.open() as content:
            copy.content.save(self.name, content, save=False)
            copy.save()


@receiver(post_delete, sender=Attachment)
def delete_its_content(instance: Attachment, **kwargs) -> None:
    content = instance.content
    transaction.on_commit(partial(content.storage.delete, content.name), robust=True)
