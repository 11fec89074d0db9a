"""Webhooks: the deliveries (an outbox, and their history) and the secrets that sign them."""

import base64
import secrets

from django.conf import settings
from django.db import models
from django.utils import timezone

from .predictions import Prediction, random_id


def new_webhook_id() -> str:
    return f"msg_{random_id(16)}"


def new_secret_key() -> str:
    # Standard base64 after exactly one underscore: the form that both official clients can read.
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


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

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="webhook_secrets"
    )
    key = models.CharField(max_length=64, default=new_secret_key, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"secret of {self.owner}"
