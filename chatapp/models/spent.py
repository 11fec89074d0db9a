"""One message that somebody sent: counted for a day, also when its conversation is deleted."""

from datetime import datetime, timedelta
from typing import Self

from django.db import connection, models
from django.utils import timezone

from .owned import Owned, OwnedQuerySet

DAY = timedelta(days=1)


class SpentQuerySet(OwnedQuerySet):
    def of_a_day(self) -> Self:
        return self.filter(sent_at__gt=timezone.now() - DAY)

    def opens_at(self, most: int) -> datetime | None:
        """When one more may be sent of `most` in any 24 hours; None: now."""
        newest = self.of_a_day().order_by("-sent_at").values_list("sent_at", flat=True)
        full = newest[most - 1 : most].first()
        return full and full + DAY

    def forget(self, most: int = 1000) -> int:
        """Remove up to `most` that do not count any more; how many there were."""
        old = self.filter(sent_at__lte=timezone.now() - DAY).values_list("id", flat=True)
        return self.filter(id__in=list(old[:most])).delete()[0]


class Spent(Owned):
    # The address it was sent from, as a keyed hash; "" where it does not count.
    network = models.CharField(max_length=32, blank=True, editable=False)
    # The embed site it was sent on; "" for the chat page.
    site = models.CharField(max_length=50, blank=True, default="", editable=False)
    sent_at = models.DateTimeField(default=timezone.now)

    objects = SpentQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "spent"
        indexes = [
            models.Index(fields=["owner", "-sent_at"], name="spent_by_owner"),
            models.Index(fields=["visitor", "-sent_at"], name="spent_by_visitor"),
            models.Index(fields=["network", "-sent_at"], name="spent_from_network"),
            models.Index(fields=["site", "-sent_at"], name="spent_on_site"),
            models.Index(fields=["sent_at"], name="spent_at"),
        ]

    def __str__(self) -> str:
        return f"{self.room}, {self.sent_at:%d %b %H:%M}"


def one_at_a_time(names: list[str]) -> None:
    """Until the transaction ends, nobody else counts these. (On SQLite it is the lock itself.)"""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for name in sorted(names):
                cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
