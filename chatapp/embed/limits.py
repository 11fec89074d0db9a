"""How much may be asked on an embed site, as its operator has set: by visitor, by address, by all,
and by what the answers cost."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from chatapp.counts import Count, you_sent, your_network_sent
from chatapp.models.embed_sites import EmbedSite
from chatapp.models.spent import Spent
from chatapp.models.usage import UsageDay
from predictions.models import Prediction


def counts(name: str, visitor: str, network: str) -> list:
    """Of the site of that name. Whom its server vouches for is known: their address does not
    count."""
    site = EmbedSite.objects.filter(name=name).first()
    if site is None:
        return []
    spent = Spent.objects.filter(site=name)
    is_anonymous = network and "~" not in visitor
    from_there = [Count(spent.filter(network=network), site.address_limit, your_network_sent)]
    return [
        Count(spent.filter(visitor=visitor), site.visitor_limit, you_sent),
        *(from_there if is_anonymous else []),
        Count(spent, site.daily_limit, lambda most: _enough()),
        *([Budget(site)] if site.budget else []),
    ]


@dataclass(frozen=True)
class Budget:
    """What a site's answers may cost in a day of the calendar (UTC)."""

    site: EmbedSite
    most: float = math.inf

    def opens_at(self) -> datetime | None:
        today = UsageDay.objects.filter(
            source=Prediction.Source.WEB,
            site=self.site.name,
            currency=self.site.budget_currency,
            day=timezone.now().astimezone(UTC).date(),
        )
        cost = today.aggregate(cost=Sum("cost"))["cost"] or 0
        return _midnight() if cost >= self.site.budget else None

    def left(self) -> float:
        return 0 if self.opens_at() else math.inf

    def sentence(self) -> str:
        return _enough()


def _enough() -> str:
    return _("This chat has answered as much as it may for now.")


def _midnight() -> datetime:
    tomorrow = timezone.now().astimezone(UTC) + timedelta(days=1)
    return tomorrow.replace(hour=0, minute=0, second=0, microsecond=0)
