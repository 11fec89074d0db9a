"""How far an export is: what its page tells while the file is on its way. Not what was exported."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

QUIET = timedelta(seconds=10)
KEPT = timedelta(days=1)


class Export(models.Model):
    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELED = "canceled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="exports")
    name = models.CharField(max_length=100)  # of the file
    state = models.CharField(max_length=16, choices=State.choices, default=State.RUNNING)
    done = models.PositiveIntegerField(default=0)  # conversations
    total = models.PositiveIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)  # bytes
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["by", "-created_at"], name="export_of_person")]

    def __str__(self) -> str:
        return f"{self.name}: {self.done} of {self.total}"

    def put(self, **fields: object) -> None:
        """Whoever follows it sees this from now on."""
        for name, value in ({"updated_at": timezone.now()} | fields).items():
            setattr(self, name, value)
        Export.objects.filter(id=self.id).update(updated_at=self.updated_at, **fields)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing was taken for a while: the browser waits, or the server has died."""
        is_late = timezone.now() - self.updated_at > QUIET
        return self.state == self.State.RUNNING and is_late

    @classmethod
    def forget(cls, most: int = 100) -> int:
        """Remove up to `most` that are old; how many there were."""
        old = cls.objects.filter(created_at__lt=timezone.now() - KEPT)
        return cls.objects.filter(id__in=list(old.values_list("id", flat=True)[:most])).delete()[0]
