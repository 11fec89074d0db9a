"""The catalogue: which models there are, in which versions, and which upstream runs each."""

import hashlib
import os
from typing import TYPE_CHECKING

from django.core.validators import RegexValidator
from django.db import models, transaction

from predictions import bus
from predictions.inputs import clean_input

if TYPE_CHECKING:
    from .predictions import Prediction

is_handle = RegexValidator(
    r"^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$",
    "Use lower-case letters, digits, dots, dashes and underscores.",
)


class Upstream(models.Model):
    """A remote or local thing that runs versions."""

    class Kind(models.TextChoices):
        DEMO = "demo", "Demo (built in)"
        OPENAI = "openai", "OpenAI-compatible server"
        COG = "cog", "Cog server"

    name = models.CharField(max_length=64, unique=True, validators=[is_handle])
    kind = models.CharField(max_length=16, choices=Kind.choices)
    base_url = models.CharField(max_length=500, blank=True)
    key_env = models.CharField(
        "environment variable of the key",
        max_length=128,
        blank=True,
        help_text="The key itself is not stored: it is read from this environment variable.",
    )
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        return os.environ.get(self.key_env, "") if self.key_env else ""


class LanguageModel(models.Model):
    """A named model, `owner/name`; what runs is one of its versions."""

    owner = models.CharField(max_length=64, validators=[is_handle])
    name = models.CharField(max_length=128, validators=[is_handle])
    description = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["owner", "name"]
        constraints = [models.UniqueConstraint("owner", "name", name="one_model_a_name")]

    def __str__(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def latest_version(self) -> "Version | None":
        return self.versions.order_by("-created_at", "-id").first()


class Version(models.Model):
    """One version of a model: its schema (OpenAPI 3, as Cog writes it) and where it runs."""

    id = models.CharField(primary_key=True, max_length=64, editable=False)
    model = models.ForeignKey(LanguageModel, models.CASCADE, related_name="versions")
    upstream = models.ForeignKey(Upstream, models.CASCADE, related_name="versions")
    upstream_model = models.CharField("name at the upstream", max_length=500, blank=True)
    openapi_schema = models.JSONField()
    prompt_template = models.CharField(
        max_length=16,
        blank=True,
        help_text="How a conversation becomes one prompt where the model takes no messages.",
    )
    cog_version = models.CharField(max_length=32, default="0.23.1")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.model}:{self.id[:12]}"

    @staticmethod
    def id_for(upstream_name: str, upstream_model: str) -> str:
        """The version id (64 hex) of an upstream's model, the same each time it is found."""
        return hashlib.sha256(f"{upstream_name}\n{upstream_model}".encode()).hexdigest()

    @property
    def input_schema(self) -> dict:
        return self.openapi_schema["components"]["schemas"]["Input"]

    def predict(self, input: object, *, owner=None, source: str = "api") -> "Prediction":
        """A new prediction of this version, queued. Raises InvalidInput; then nothing is kept."""
        cleaned = clean_input(self.input_schema, self.openapi_schema["components"], input)
        prediction = self.predictions.create(input=cleaned, owner=owner, source=source)
        transaction.on_commit(lambda: bus.ring(bus.WORK))
        return prediction

    @property
    def streams(self) -> bool:
        """Whether the output is text that grows: Cog's mark of a ConcatenateIterator."""
        output = self.openapi_schema["components"]["schemas"].get("Output", {})
        return output.get("x-cog-array-display") == "concatenate"
