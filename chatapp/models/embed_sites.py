"""A place elsewhere that has the chat in a frame: which pages, who answers there, how it looks."""

import secrets
from datetime import datetime, timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from chatapp import catalogue
from chatapp.embed import colours, origins
from predictions import keyring
from predictions.models import LanguageModel, Version
from predictions.models.prices import is_currency

RESERVED = {"", "-", "api", "chat page"}  # what lists and usage call other places
MOST_SUGGESTIONS = 6
LONGEST_SUGGESTION = 200


def new_key() -> str:
    return get_random_string(16)


def new_encrypted_secret() -> str:
    return keyring.encrypt(f"embsec_{secrets.token_urlsafe(32)}")


def is_name(name: str) -> None:
    if name.strip().lower() in RESERVED or name != name.strip():
        raise ValidationError("Choose another name: this one would be taken for another place.")


def are_suggestions(text: str) -> None:
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_SUGGESTIONS:
        raise ValidationError(f"{MOST_SUGGESTIONS} questions are the most.")
    if any(len(line) > LONGEST_SUGGESTION for line in lines):
        raise ValidationError(f"A question has at most {LONGEST_SUGGESTION} characters.")


def _most(default: int, what: str) -> models.PositiveIntegerField:
    return models.PositiveIntegerField(default=default, help_text=f"{what} 0: no limit.")


def _said(length: int, what: str) -> models.CharField:
    return models.CharField(max_length=length, blank=True, default="", help_text=what)


class EmbedSite(models.Model):
    OVERLAP = timedelta(days=1)  # in which the secret before the newest is good, too

    class Position(models.TextChoices):
        RIGHT = "right"
        LEFT = "left"

    class Scheme(models.TextChoices):
        AUTO = "auto", "as the visitor's system"
        LIGHT = "light"
        DARK = "dark"

    name = models.CharField(
        max_length=50,
        unique=True,
        validators=[is_name],
        help_text="What transcripts, usage and retention rules call it. It stays as it is.",
    )
    key = models.CharField(
        "public key", max_length=32, unique=True, default=new_key, editable=False
    )
    origins = models.TextField(
        "allowed origins",
        blank=True,
        default="",
        validators=[origins.validate],
        help_text="The pages that may show it, as https://www.example.org, one a line, exactly. "
        "Empty: none.",
    )
    paused = models.BooleanField(
        default=False,
        help_text="No message is taken, and pages lose its button within five minutes.",
    )

    model = models.ForeignKey(
        LanguageModel,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who answers. Empty: what the chat page begins with.",
    )
    version = models.ForeignKey(
        Version,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Always this version of the model. Empty: its newest.",
    )
    system_prompt = models.TextField(blank=True, default="")

    title = _said(30, 'What its head says. Empty: "Chat".')
    greeting = models.TextField(
        blank=True, default="", max_length=2000, help_text="Before the first message. Markdown."
    )
    suggestions = models.TextField(
        "suggested questions", blank=True, default="", validators=[are_suggestions],
        help_text="One a line.",
    )  # fmt: skip
    placeholder = _said(80, 'In the empty message box. Empty: "Write a message".')
    launcher = _said(30, 'What the button on the page is called. Empty: "Open the chat".')
    accent = models.CharField(max_length=7, default="#1f6f8b", validators=[colours.is_colour])
    radius = models.PositiveSmallIntegerField(
        default=16,
        validators=[MaxValueValidator(32)],
        help_text="Of the panel's corners, in pixels, 32 at most.",
    )
    position = models.CharField(
        max_length=5, choices=Position.choices, default=Position.RIGHT,
        help_text="In which corner of the page the button is.",
    )  # fmt: skip
    scheme = models.CharField(
        "light or dark", max_length=5, choices=Scheme.choices, default=Scheme.AUTO
    )

    visitor_limit = _most(50, "Messages of one visitor in any 24 hours.")
    address_limit = _most(100, "Messages from one address (a /64 of IPv6) in any 24 hours.")
    daily_limit = _most(1000, "Messages of all visitors together in any 24 hours.")
    budget = models.DecimalField(
        "budget a day",
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.01"))],
        help_text="What its answers may cost from midnight to midnight (UTC), by the prices of the "
        "models; an answer that is being written is finished. Empty: no budget.",
    )
    budget_currency = models.CharField(max_length=3, default="USD", validators=[is_currency])

    encrypted_secret = models.TextField(default=new_encrypted_secret, editable=False)
    encrypted_old_secret = models.TextField(blank=True, default="", editable=False)
    secret_renewed_at = models.DateTimeField(default=timezone.now, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args, **kwargs) -> None:
        self.origins = "\n".join(origins.listed(self.origins))
        self.accent = self.accent.lower()
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("embed", args=[self.key])

    def clean(self) -> None:
        if self.version and self.version.model_id != self.model_id:
            raise ValidationError({"version": "This is not a version of that model."})

    @property
    def allowed(self) -> list[str]:
        """The origins whose pages may show it."""
        return self.origins.splitlines()

    @property
    def questions(self) -> list[str]:
        return [line.strip() for line in self.suggestions.splitlines() if line.strip()]

    @property
    def shown_title(self) -> str:
        return self.title or _("Chat")

    @property
    def current_version(self) -> Version | None:
        """Who answers now; None where there is nobody."""
        if self.version:
            return self.version
        choices = catalogue.versions()
        return choices.get(str(self.model)) if self.model else catalogue.default(choices, None)

    @property
    def secrets(self) -> list[str]:
        """What its server may sign with now, the newest first. Raises Undecipherable."""
        is_over = timezone.now() > self.secret_renewed_at + self.OVERLAP
        texts = [self.encrypted_secret, "" if is_over else self.encrypted_old_secret]
        return [keyring.decrypt(text) for text in texts if text]

    def renew_secret(self) -> str:
        """The new one; the one before it is good for OVERLAP more, where it can be read at all."""
        try:
            keyring.decrypt(self.encrypted_secret)
            self.encrypted_old_secret = self.encrypted_secret
        except keyring.Undecipherable:
            self.encrypted_old_secret = ""
        self.encrypted_secret = new_encrypted_secret()
        self.secret_renewed_at = timezone.now()
        self.save(update_fields=["encrypted_secret", "encrypted_old_secret", "secret_renewed_at"])
        return self.secrets[0]

    @property
    def theme(self) -> dict[str, str]:
        """Its colours, each readable where it is used."""
        return {
            "accent": self.accent,
            "on_accent": colours.text_on(self.accent),
            "on_light": colours.readable_on(self.accent, colours.LIGHT),
            "on_dark": colours.readable_on(self.accent, colours.DARK),
        }

    def spent_since(self, moment: datetime):
        from .spent import Spent

        return Spent.objects.filter(site=self.name, sent_at__gt=moment)
