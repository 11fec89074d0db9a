"""The catalogue: which models there are."""

from django.core.validators import URLValidator
from django.db import models

from .upstreams import is_handle
from .versions import Version

is_web_address = URLValidator(["http", "https"])


class LanguageModelQuerySet(models.QuerySet):
    def runnable(self) -> "LanguageModelQuerySet":
        """Those with a version on an enabled upstream; the newest is `latest_version_id`."""
        versions = Version.objects.enabled().filter(model=models.OuterRef("pk"))
        newest = versions.order_by("-created_at", "-id").values("id")[:1]
        return self.annotate(latest_version_id=models.Subquery(newest)).exclude(
            latest_version_id=None
        )

    def streaming(self) -> "LanguageModelQuerySet":
        """Of the runnable ones, those whose latest version streams."""
        streaming = Version.objects.streaming().values("id")
        return self.runnable().filter(latest_version_id__in=streaming)

    def search(self, text: str) -> "LanguageModelQuerySet":
        """Those that have every word of `text` in their owner, name or description."""
        found = self
        for word in text.split():
            found = found.filter(
                models.Q(owner__icontains=word)
                | models.Q(name__icontains=word)
                | models.Q(description__icontains=word)
            )
        return found


class LanguageModel(models.Model):
    """A named model, `owner/name`; what runs is one of its versions."""

    owner = models.CharField(max_length=64, validators=[is_handle])
    name = models.CharField(max_length=128, validators=[is_handle])
    description = models.TextField(blank=True)
    github_url = models.CharField(max_length=500, blank=True, validators=[is_web_address])
    paper_url = models.CharField(max_length=500, blank=True, validators=[is_web_address])
    license_url = models.CharField(max_length=500, blank=True, validators=[is_web_address])
    cover_image_url = models.CharField(max_length=500, blank=True, validators=[is_web_address])
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LanguageModelQuerySet.as_manager()

    class Meta:
        ordering = ["owner", "name"]
        constraints = [models.UniqueConstraint("owner", "name", name="one_model_a_name")]

    def __str__(self) -> str:
        return f"{self.owner}/{self.name}"
