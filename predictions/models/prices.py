"""What a version's tokens cost, from when on."""

from decimal import Decimal

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models

not_negative = MinValueValidator(Decimal(0))
is_currency = RegexValidator(r"^[A-Z]{3}$", "Use three capital letters, as in ISO 4217: USD.")


class Price(models.Model):
    """A version's prices per million tokens, from `starts_at` until the next price starts."""

    version = models.ForeignKey("Version", models.CASCADE, related_name="prices")
    starts_at = models.DateTimeField()
    input = models.DecimalField(
        "input, per million tokens", max_digits=12, decimal_places=6, validators=[not_negative]
    )
    output = models.DecimalField(
        "output, per million tokens", max_digits=12, decimal_places=6, validators=[not_negative]
    )
    currency = models.CharField(max_length=3, default="USD", validators=[is_currency])

    class Meta:
        ordering = ["-starts_at"]
        constraints = [models.UniqueConstraint("version", "starts_at", name="one_price_a_time")]

    def __str__(self) -> str:
        return f"{self.input} and {self.output} {self.currency} from {self.starts_at:%Y-%m-%d}"
