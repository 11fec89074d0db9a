"""A deployment: a version under a name of its owner's, with an input to begin from."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models

from predictions.inputs import InvalidInput

from .catalogue import is_handle
from .versions import Version

if TYPE_CHECKING:
    from .predictions import Prediction


class Deployment(models.Model):
    """`hardware` and the numbers of instances are kept as they were given: what runs a version is
    its upstream's business."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="deployments")
    name = models.CharField(max_length=128, validators=[is_handle])
    version = models.ForeignKey(Version, models.PROTECT, related_name="deployments")
    input = models.JSONField(
        "default input",
        default=dict,
        blank=True,
        help_text="What a request leaves out is taken from here.",
    )
    hardware = models.CharField(max_length=64, blank=True)
    min_instances = models.PositiveIntegerField(default=0)
    max_instances = models.PositiveIntegerField(default=1, validators=[MinValueValidator(1)])
    release = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    released_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [models.UniqueConstraint("owner", "name", name="one_deployment_a_name")]

    def __str__(self) -> str:
        return f"{self.owner.get_username()}/{self.name}"

    def save(self, *args: object, **options: object) -> None:
        """Each change is a new release."""
        if not self._state.adding:
            self.release += 1
        super().save(*args, **options)

    def clean(self) -> None:
        """The admin's check of the default input; unknown keys are dropped."""
        try:
            self.input = self.version.clean_input(self.input, is_partial=True)
        except InvalidInput as error:
            complaints = [f"{each.field}: {each.description}" for each in error.fields]
            raise ValidationError({"input": complaints}) from error
        except Version.DoesNotExist:
            return  # which is said already
        if self.min_instances > self.max_instances:
            raise ValidationError({"min_instances": "There cannot be more than max instances."})

    def predict(self, input: dict, **fields: object) -> "Prediction":
        """A new prediction of the deployed version: the default input, with `input` over it.

        Raises InvalidInput.
        """
        return self.version.predict(self.input | input, deployment=self, **fields)
