"""API tokens: random, shown once, stored as a hash."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class ApiToken(models.Model):
    PREFIX = "riv_"
    USE_IS_NOTED_EVERY = timedelta(minutes=1)

    name = models.CharField(max_length=100)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    hash = models.CharField(max_length=64, unique=True, editable=False)
    last4 = models.CharField("ends in", max_length=4, editable=False)
    can_read = models.BooleanField(default=True)
    can_write = models.BooleanField(
        default=True, help_text="Create and cancel predictions, change deployments and files."
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "API token"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} (…{self.last4})"

    @classmethod
    def make(cls, owner, name: str, **scopes: object) -> str:
        """A new token for `owner`: its text."""
        return cls(owner=owner, name=name, **scopes).issue()

    def issue(self) -> str:
        """Save it with a new text, which is returned: the only time that it is seen."""
        text = self.PREFIX + secrets.token_urlsafe(32)
        self.hash, self.last4 = self.digest(text), text[-4:]
        self.save()
        return text

    @classmethod
    def find(cls, text: str) -> "ApiToken | None":
        """The token with that text, unless it has expired or its owner is inactive."""
        is_current = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        tokens = cls.objects.select_related("owner").filter(is_current, owner__is_active=True)
        return tokens.filter(hash=cls.digest(text)).first()

    def note_use(self) -> None:
        """Remember when it was used, to the minute: one write a minute, however much is read."""
        now = timezone.now()
        if self.last_used_at is None or self.last_used_at <= now - self.USE_IS_NOTED_EVERY:
            same = ApiToken.objects.filter(pk=self.pk, last_used_at=self.last_used_at)
            same.update(last_used_at=now)

    @staticmethod
    def digest(text: str) -> str:
        # A plain SHA-256 is enough for 256 random bits: there is nothing to guess.
        return hashlib.sha256(text.encode()).hexdigest()
