"""What the review desk's list knows of a conversation: made from its messages, never edited."""

from django.db import models
from django.db.models import Q

from predictions.models import LanguageModel, Upstream

SLOW = 10  # seconds until the first word, from which on an answer is slow

FACETS = [
    *("model", "upstream", "site", "status", "is_anonymous", "error_count", "interrupted_count"),
    *("stopped_count", "up_count", "down_count", "flag_count"),
    *("slowest_first_word", "last_activity", "conversation"),
]


class Summary(models.Model):
    """One narrow row a conversation, so that a list of many is counted, sorted and filtered without
    a look at what was said. A deleted conversation has none. See chatapp.desk.summaries."""

    conversation = models.OneToOneField(
        "Conversation", models.CASCADE, primary_key=True, related_name="summary"
    )
    last_activity = models.DateTimeField()
    # Of the newest answer: who gave it, and how it stands; "" before the first one.
    model = models.ForeignKey(LanguageModel, models.SET_NULL, null=True, related_name="+")
    upstream = models.ForeignKey(Upstream, models.SET_NULL, null=True, related_name="+")
    status = models.CharField(max_length=16, blank=True)
    # The embed site it was held on; "" for the chat page.
    site = models.CharField(max_length=50, blank=True)
    is_anonymous = models.BooleanField(default=False)
    message_count = models.PositiveIntegerField(default=0)
    error_count = models.PositiveIntegerField(default=0)  # answers that failed
    interrupted_count = models.PositiveIntegerField(default=0)  # those of them that had words
    stopped_count = models.PositiveIntegerField(default=0)
    up_count = models.PositiveIntegerField(default=0)
    down_count = models.PositiveIntegerField(default=0)
    flag_count = models.PositiveIntegerField(default=0)  # that are open
    slowest_first_word = models.FloatField(null=True)  # seconds
    input_tokens = models.PositiveBigIntegerField(null=True)
    output_tokens = models.PositiveBigIntegerField(null=True)
    # In one currency; unknown where answers were charged in several.
    cost = models.DecimalField(max_digits=20, decimal_places=12, null=True)
    cost_currency = models.CharField(max_length=3, blank=True)
    # When the newest thing happened that deserves a look; the inbox is what was not done since.
    concern_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "summaries"
        ordering = ["-last_activity"]
        indexes = [
            models.Index(fields=["-last_activity", "-conversation"], name="summary_newest"),
            # All that the list is filtered by and counted over, read without the rows.
            models.Index(fields=FACETS, name="summary_facets"),
            models.Index(
                fields=["-concern_at"],
                name="summary_of_concern",
                condition=Q(concern_at__isnull=False),
            ),
            models.Index(
                fields=["status"],
                name="summary_running",
                condition=Q(status__in=["starting", "processing"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_count} messages, last at {self.last_activity:%d %b %Y %H:%M}"
