"""An erasure: everything of one person is removed, batch by batch, and a receipt stays."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac


class Erasure(models.Model):
    """Whose it is, is known only until it is finished; its receipt names an account by its id, an
    anonymous visitor by a keyed hash. `before` and `after` are counts by kind."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.BigIntegerField(null=True)  # no key: it outlives the account
    visitor = models.CharField(max_length=64, blank=True)
    subject = models.CharField(max_length=80)
    with_account = models.BooleanField(default=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="erasures"
    )
    by_name = models.CharField(max_length=150)
    # Files to be looked for again, and how far the sessions were looked through (None: all were).
    stored = models.JSONField(default=list)
    session = models.CharField(max_length=40, blank=True, null=True, default="")  # noqa: DJ001
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    requested_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-requested_at"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.subject}, {self.requested_at:%d %b %Y}"

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None


def subject_of(account: int | None, visitor: str) -> str:
    """How a receipt and the audit log name somebody."""
    if account is not None:
        return f"account {account}"
    hashed = salted_hmac("chatapp.erasures", visitor, algorithm="sha256").hexdigest()[:16]
    return f"visitor #{hashed}"
