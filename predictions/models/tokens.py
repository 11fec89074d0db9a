"""API tokens: random, shown once, stored as a hash."""

import hashlib
import secrets

from django.conf import settings
from django.db import models


class ApiToken(models.Model):
    PREFIX = "riv_"

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
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} (…{self.last4})"

    @classmethod
    def make(cls, owner, name: str) -> str:
        """A new token for `owner`: the only time that its text is seen."""
        text = cls.PREFIX + secrets.token_urlsafe(32)
        cls.objects.create(owner=owner, name=name, hash=cls.digest(text), last4=text[-4:])
        return text

    @classmethod
    def find(cls, text: str) -> "ApiToken | None":
        return cls.objects.select_related("owner").filter(hash=cls.digest(text)).first()

    @staticmethod
    def digest(text: str) -> str:
        # A plain SHA-256 is enough for 256 random bits: there is nothing to guess.
        return hashlib.sha256(text.encode()).hexdigest()
