"""The versions of models: what each takes and gives, and where it runs."""

import hashlib
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import models, transaction

from predictions import bus
from predictions.inputs import clean_input

if TYPE_CHECKING:
    from .predictions import Prediction


class VersionQuerySet(models.QuerySet):
    # What keeps a version: the relation, and its name in a sentence.
    USERS = {
        "predictions": "predictions",
        "deployments": "deployments",
        "fine_tuned_versions": "fine-tuned versions",
    }

    def enabled(self) -> "VersionQuerySet":
        return self.filter(upstream__enabled=True)

    def unused(self) -> "VersionQuerySet":
        """Those that can be removed."""
        return self.filter(**dict.fromkeys(self.USERS))

    def users(self) -> list[str]:
        """What keeps them from being removed, in words."""
        return [
            name
            for relation, name in self.USERS.items()
            if self.filter(**{f"{relation}__isnull": False}).exists()
        ]

    def named(self, reference: str) -> "Version | None":
        """The one that `<64 hex>` or `owner/name:<64 hex>` means; the newest for `owner/name`."""
        name, _, id = reference.rpartition(":") if ":" in reference else ("", "", reference)
        versions = self.select_related("model", "base")
        if "/" in (name or id):
            owner, _, model = (name or id).partition("/")
            versions = versions.filter(model__owner=owner, model__name=model)
        if name or "/" not in id:
            versions = versions.filter(id=id)
        return versions.order_by("-created_at", "-id").first()

    def streaming(self) -> "VersionQuerySet":
        """Those whose output is text that grows, by Cog's mark or by that of their base."""
        is_marked = "openapi_schema__components__schemas__Output__x-cog-array-display"
        return self.filter(
            models.Q(base=None, **{is_marked: "concatenate"})
            | models.Q(**{f"base__{is_marked}": "concatenate"})
        )


class Version(models.Model):
    """One version of a model: its schema (OpenAPI 3, as Cog writes it) and where it runs.

    A fine-tuned version names its base, and has the base's schema instead of one of its own.
    """

    id = models.CharField(primary_key=True, max_length=64, editable=False)
    model = models.ForeignKey("LanguageModel", models.CASCADE, related_name="versions")
    upstream = models.ForeignKey("Upstream", models.CASCADE, related_name="versions")
    upstream_model = models.CharField("name at the upstream", max_length=500, blank=True)
    fallback_model = models.CharField(
        "name at the fallback upstream",
        max_length=500,
        blank=True,
        help_text="Empty: the same name as at the upstream itself.",
    )
    base = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="fine_tuned_versions"
    )
    openapi_schema = models.JSONField(default=dict, blank=True)
    prompt_template = models.CharField(
        max_length=16,
        blank=True,
        help_text="How a conversation becomes one prompt where the model takes no messages.",
    )
    cog_version = models.CharField(max_length=32, default="0.23.1")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.model}:{self.id[:12]}"

    def save(self, *args: object, **options: object) -> None:
        self.clean()
        super().save(*args, **options)

    def clean(self) -> None:
        """A fine-tuned version: its base has none itself, and gives what is not named.

        Raises ValidationError.
        """
        if self.base is None or self.model_id is None:
            return
        self.base = self.base.base or self.base
        if self._state.adding:
            self._take_from_base()
            self.id = self.id or self._free_id()
        if self.base_id == self.id or self.fine_tuned_versions.exists():
            raise ValidationError(f"{self} is a base itself, so it cannot have one.")

    def _take_from_base(self) -> None:
        if self.upstream_id is None:
            self.upstream = self.base.upstream
        self.upstream_model = self.upstream_model or self.base.upstream_model
        self.prompt_template = self.prompt_template or self.base.prompt_template
        self.cog_version = self.base.cog_version

    def _free_id(self) -> str:
        """The id of the upstream's model, or where that is another version's one of its own."""
        names = (self.upstream.name, self.upstream_model)
        same = Version.objects.filter(base=self.base, upstream=self.upstream, model=self.model)
        if known := same.filter(upstream_model=self.upstream_model).first():
            raise ValidationError(f"This fine-tuned version is there already: {known}.")
        for id in (self.id_for(*names), self.id_for(*names, str(self.model), self.base_id)):
            if not Version.objects.filter(id=id).exists():
                return id
        raise ValidationError(f"There is a version {id} already.")

    @staticmethod
    def id_for(*names: str) -> str:
        """The version id (64 hex) of an upstream's model, the same each time it is found: `names`
        are the upstream's and the model's there, and what else tells it apart."""
        return hashlib.sha256("\n".join(names).encode()).hexdigest()

    @property
    def schema(self) -> dict:
        """The OpenAPI document that holds for this version: its own, or its base's."""
        return self.base.openapi_schema if self.base else self.openapi_schema

    @property
    def input_schema(self) -> dict:
        return self.schema["components"]["schemas"]["Input"]

    def predict(self, input: object, **fields: object) -> "Prediction":
        """A new prediction of this version, queued; `fields` are Prediction's.

        Raises InvalidInput; then nothing is kept.
        """
        prediction = self.predictions.create(
            input=self.clean_input(input), upstream_id=self.upstream_id, **fields
        )
        transaction.on_commit(lambda: bus.ring(bus.WORK))
        return prediction

    def clean_input(self, input: object, *, is_partial: bool = False) -> dict:
        """`input` as this version takes it; a partial one may leave out what is required.

        Raises InvalidInput.
        """
        schema = self.input_schema | ({"required": []} if is_partial else {})
        return clean_input(schema, self.schema["components"], input)

    @property
    def streams(self) -> bool:
        """Whether the output is text that grows: Cog's mark of a ConcatenateIterator."""
        output = self.schema["components"]["schemas"].get("Output", {})
        return output.get("x-cog-array-display") == "concatenate"
