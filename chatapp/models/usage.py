"""How much was asked, how fast it was answered, what it cost: a row for each day, model, site, user
and currency. It outlives the conversations that it counts. See chatapp.desk.usage."""

from django.conf import settings
from django.db import models

from predictions.models import LanguageModel, Prediction

# Seconds until the first word: each bucket ends where the next one begins, the last one never.
EDGES = [0.1 * 2 ** (n / 2) for n in range(19)]
BUCKETS = [f"first_word_{n}" for n in range(len(EDGES) + 1)]


class UsageDay(models.Model):
    day = models.DateField()  # in UTC, on which it was asked for
    model = models.ForeignKey(LanguageModel, models.SET_NULL, null=True, related_name="+")
    source = models.CharField(max_length=8)  # as Prediction.source
    site = models.CharField(max_length=50, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="usage"
    )
    currency = models.CharField(max_length=3, blank=True)  # "" where no cost is known
    # Answers that have ended, of whatever kind; titles are not, but their tokens and costs count.
    messages = models.PositiveBigIntegerField(default=0)
    conversations = models.PositiveBigIntegerField(default=0)  # begun on this day
    errors = models.PositiveBigIntegerField(default=0)
    stopped = models.PositiveBigIntegerField(default=0)
    input_tokens = models.PositiveBigIntegerField(default=0)
    output_tokens = models.PositiveBigIntegerField(default=0)
    cost = models.DecimalField(max_digits=24, decimal_places=12, default=0)
    speeds = models.PositiveBigIntegerField(default=0)  # answers whose words per second are known
    speed = models.FloatField(default=0)  # their sum

    class Meta:
        verbose_name_plural = "usage days"
        ordering = ["-day"]
        indexes = [models.Index(fields=["day", "user"], name="usage_of_day")]

    def __str__(self) -> str:
        return f"{self.day}: {self.messages} messages"


for _name in BUCKETS:
    UsageDay.add_to_class(_name, models.PositiveIntegerField(default=0))


class Counted(models.Model):
    """A prediction that is in its day's row; forgotten once it is older than what is looked at."""

    prediction = models.OneToOneField(
        Prediction, models.CASCADE, primary_key=True, related_name="counted"
    )

    def __str__(self) -> str:
        return self.prediction_id


class UsageMark(models.Model):
    """The one row that says until when everything that was asked for is counted."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"counted until {self.until}"
