"""What was sent in any 24 hours, against how much may be, and what is said of too much."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import ngettext

from .models.spent import SpentQuerySet


@dataclass(frozen=True)
class Count:
    """`most` of these may be sent; 0 is no limit."""

    spent: SpentQuerySet
    most: int
    told: Callable[[int], str]

    def opens_at(self) -> datetime | None:
        """When one more may be sent; None: now."""
        return self.spent.opens_at(self.most)

    def left(self) -> int:
        return max(0, self.most - self.spent.of_a_day().count())

    def sentence(self) -> str:
        return self.told(self.most)


def you_sent(most: int) -> str:
    told = ngettext(
        "You have sent %(n)s message in a day.", "You have sent %(n)s messages in a day.", most
    )
    return told % {"n": most}


def your_network_sent(most: int) -> str:
    told = ngettext(
        "%(n)s message was sent from your network in a day.",
        "%(n)s messages were sent from your network in a day.",
        most,
    )
    return told % {"n": most}
