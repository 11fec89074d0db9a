"""How long conversations are kept: a rule for each embed site, and one for the rest."""

from django.core.validators import MinValueValidator
from django.db import models


class RetentionRule(models.Model):
    """A conversation goes so many days after its last activity. Without a rule it is kept."""

    site = models.CharField(
        max_length=50,
        unique=True,
        blank=True,
        help_text="The embed site; empty for the chat page and for every site without a rule.",
    )
    days = models.PositiveIntegerField(
        validators=[MinValueValidator(1)],
        help_text="After the last activity. Pinned and archived conversations go, too.",
    )

    class Meta:
        ordering = ["site"]

    def __str__(self) -> str:
        return f"{self.site or 'default'}: {self.days} days"
