"""Who read, exported, erased what: rows that nobody changes."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class AuditEntry(models.Model):
    """It outlives what it names: its only key is the account's, whose name is kept beside it."""

    class Verb(models.TextChoices):
        READ = "read"
        SEARCHED = "searched"
        WATCHED = "watched", "watched live"
        REPLAYED = "replayed"
        STOPPED = "stopped"
        EXPORTED = "exported"
        REDACTED = "redacted"
        DELETED = "deleted"
        ERASED = "erased", "erased a person"
        PRUNED = "pruned"
        CHANGED = "changed"

    at = models.DateTimeField(default=timezone.now)
    who = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="audit_entries"
    )
    who_name = models.CharField(max_length=150, blank=True)  # "" for the server itself
    verb = models.CharField(max_length=16, choices=Verb.choices)
    conversation = models.UUIDField(null=True)
    subject = models.CharField(max_length=200, blank=True)
    count = models.PositiveIntegerField(null=True)  # of conversations
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name_plural = "audit entries"
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_newest"),
            models.Index(fields=["conversation", "-at"], name="audit_of_conversation"),
            # Each in the order of the list, or a rare one is looked for from the newest row on.
            models.Index(fields=["who", "-at", "-id"], name="audit_by_person"),
            models.Index(fields=["verb", "-at", "-id"], name="audit_by_verb"),
            models.Index(
                fields=["-at", "-id"], name="audit_by_server", condition=models.Q(who=None)
            ),
        ]

    def __str__(self) -> str:
        who = self.who_name or "the server"
        return f"{who} {self.get_verb_display().lower()} {self.subject}".strip()
