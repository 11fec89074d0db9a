"""Upstreams: the remote or local things that run versions, how they are reached, and limits."""

import json
import os

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone

from predictions import keyring, upstreams

is_handle = RegexValidator(
    r"^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$",
    "Use lower-case letters, digits, dots, dashes and underscores.",
)
at_least_one = MinValueValidator(1)


class Upstream(models.Model):
    """A remote or local thing that runs versions. Its key and headers are kept encrypted."""

    name = models.CharField(max_length=64, unique=True, validators=[is_handle])
    kind = models.CharField(max_length=16, choices=upstreams.choices)
    base_url = models.CharField(
        max_length=500, blank=True, help_text="Empty: the usual address of its kind."
    )
    key_env = models.CharField(
        "environment variable of the key",
        max_length=128,
        blank=True,
        help_text="Where no key is stored here, it is read from this environment variable.",
    )
    encrypted_key = models.TextField(blank=True, editable=False)
    encrypted_headers = models.TextField(blank=True, editable=False)
    max_runs = models.PositiveIntegerField(
        "runs at once",
        null=True,
        blank=True,
        validators=[at_least_one],
        help_text="More wait their turn. Empty: no limit.",
    )
    requests_a_minute = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[at_least_one],
        help_text="More wait their turn. Empty: no limit.",
    )
    fallback = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="stands_in_for",
        help_text="Asked instead when this one fails before the first word.",
    )
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        """The key in clear: the stored one, else the environment's. Raises Undecipherable."""
        return keyring.decrypt(self.encrypted_key) or os.environ.get(self.key_env or "\0", "")

    @key.setter
    def key(self, key: str) -> None:
        self.encrypted_key = keyring.encrypt(key.strip())

    @property
    def headers(self) -> dict[str, str]:
        """What goes with each request besides the key, in clear. Raises Undecipherable."""
        return json.loads(keyring.decrypt(self.encrypted_headers) or "{}")

    @headers.setter
    def headers(self, headers: dict[str, str]) -> None:
        self.encrypted_headers = keyring.encrypt(json.dumps(headers)) if headers else ""

    def open(self) -> upstreams.Door:
        """The way to its words. Raises UpstreamError where its key cannot be decrypted."""
        try:
            return upstreams.open_upstream(self.kind, self.base_url, self.key, self.headers)
        except keyring.Undecipherable as error:
            raise upstreams.UpstreamError(
                "The key of the model's server cannot be read.", detail=f"{self.name}: {error}"
            ) from error


class UpstreamRequest(models.Model):
    """A request that was made of an upstream with `requests_a_minute`: kept for that minute."""

    upstream = models.ForeignKey(Upstream, models.CASCADE, related_name="requests")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index("upstream", "made_at", name="request_of_upstream")]

    def __str__(self) -> str:
        return f"{self.upstream_id} at {self.made_at}"
