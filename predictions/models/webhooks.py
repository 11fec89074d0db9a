"""Webhooks: the deliveries (an outbox, and their history) and the secrets that sign them."""

import base64
import secrets
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Now
from django.utils import timezone

from predictions import bus, keyring

from .predictions import Prediction, random_id


def new_webhook_id() -> str:
    return f"msg_{random_id(16)}"


def new_secret_key() -> str:
    # Standard base64 after exactly one underscore: the form that both official clients can read.
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


def new_encrypted_key() -> str:
    return keyring.encrypt(new_secret_key())


class WebhookDeliveryQuerySet(models.QuerySet):
    def resend(self) -> int:
        """Send these (again), now and whatever became of them; each is the same message."""
        transaction.on_commit(lambda: bus.ring(bus.WEBHOOKS))
        return self.update(
            status=WebhookDelivery.Status.PENDING,
            next_attempt_at=Now(),
            resend_requested_at=Now(),
            settled_at=None,
        )


class WebhookDelivery(models.Model):
    """One message to a receiver. Its body is the prediction as it is when the message goes out."""

    class Event(models.TextChoices):
        START = "start"
        OUTPUT = "output"
        LOGS = "logs"
        COMPLETED = "completed"

    class Status(models.TextChoices):
        PENDING = "pending"
        DELIVERED = "delivered"
        FAILED = "failed"
        DROPPED = "dropped"

    prediction = models.ForeignKey(Prediction, models.CASCADE, related_name="webhook_deliveries")
    webhook_id = models.CharField(max_length=30, unique=True, default=new_webhook_id)
    event = models.CharField(max_length=16, choices=Event.choices)
    url = models.CharField(max_length=2000)
    host = models.CharField(max_length=255)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now, null=True)
    response_status = models.PositiveIntegerField(null=True)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)
    resend_requested_at = models.DateTimeField(null=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "webhook deliveries"
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(
                "next_attempt_at",
                name="webhook_pending",
                condition=models.Q(status="pending"),
            ),
            models.Index("created_at", name="webhook_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.event} of {self.prediction_id}"


class WebhookSecret(models.Model):
    """A key that signs the webhooks of its owner's predictions. While the old one of two is still
    valid, messages carry both signatures."""

    OVERLAP = timedelta(hours=24)

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="webhook_secrets"
    )
    encrypted_key = models.TextField(default=new_encrypted_key, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"secret of {self.owner}"

    @property
    def key(self) -> str:
        """The key in clear, `whsec_…`. Raises Undecipherable."""
        return keyring.decrypt(self.encrypted_key)

    @classmethod
    def keys_of(cls, owner) -> list[str]:
        """The keys that are valid for `owner`, the newest first; made when first needed.

        Raises Undecipherable for the newest; an older one that cannot be read signs no more.
        """
        is_valid = models.Q(expires_at=None) | models.Q(expires_at__gt=Now())
        secrets_of_owner = cls.objects.filter(is_valid, owner=owner)
        with transaction.atomic():
            newest, *older = list(secrets_of_owner) or cls._make_first(secrets_of_owner, owner)
        keys = [newest.key]
        for secret in older:
            with suppress(keyring.Undecipherable):
                keys.append(secret.key)
        return keys

    @classmethod
    def rotate(cls, owner) -> None:
        """A new key; those before it are good for OVERLAP more, so that receivers can follow."""
        with transaction.atomic():
            _lock(owner)
            old = cls.objects.filter(owner=owner, expires_at=None)
            old.update(expires_at=Now() + cls.OVERLAP)
            cls.objects.create(owner=owner)

    @classmethod
    def _make_first(cls, existing, owner) -> list["WebhookSecret"]:
        _lock(owner)
        if not existing.exists():
            cls.objects.create(owner=owner)
        return list(existing.all())


def _lock(owner) -> None:
    """Two processes must not make two secrets at once."""
    type(owner).objects.select_for_update().get(pk=owner.pk)
