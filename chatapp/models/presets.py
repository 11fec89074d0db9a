"""A visitor's own way of asking, under a name: a model, its system prompt and parameters."""

from django.db import models
from django.utils import timezone

from predictions.models import LanguageModel

from .owned import Owned, OwnedQuerySet


class Preset(Owned):
    """`input` is part of a version's input, as `Conversation.input` is."""

    name = models.CharField(max_length=60)
    model = models.ForeignKey(LanguageModel, models.CASCADE, null=True, blank=True)
    input = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name
