"""Who asks faster than a person: counted in the cache that all processes share (REDIS_URL), or in
this one's memory. What may be asked in a day is counted in the database (see `limits`)."""

import math
import time

from django.http import HttpRequest
from limits import RateLimitItem, RateLimitItemPerSecond

from chatapp import limits
from chatapp.models import EmbedSite, EmbedVisit
from predictions.api.throttling import counts

VISITS = RateLimitItemPerSecond(120, 600, "embed-visits")  # from one address on one site
MESSAGES = RateLimitItemPerSecond(20, 60, "embed-messages")  # of one visitor


class TooFast(Exception):
    def __init__(self, seconds: int) -> None:
        super().__init__()
        self.seconds = seconds


def admit_visit(request: HttpRequest, site: EmbedSite) -> None:
    """Not counted are this machine and private networks, behind which anybody may be."""
    if network := limits.network_of(request):
        _admit(VISITS, f"{site.key} {network}")


def admit_message(visit: EmbedVisit) -> None:
    _admit(MESSAGES, visit.visitor)


def _admit(limit: RateLimitItem, who: str) -> None:
    is_admitted, opens_at, _ = counts().count(limit, who)
    if not is_admitted:
        raise TooFast(max(1, math.ceil(opens_at - time.time())))
