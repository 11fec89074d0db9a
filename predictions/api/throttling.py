"""How often an account may ask: so many creates, and so many other requests, a minute.

Counted in a moving window, in Redis where REDIS_URL names one, so that several processes share the
count; else, and while Redis is away, in this process's memory. A refused request does not count.
"""

import math
import re
import time
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin
from limits import RateLimitItem, RateLimitItemPerSecond

from . import problems
from .counts import Counts

CREATE = re.compile(r"/v1/(predictions|(models|deployments)/[^/]+/[^/]+/predictions)")


class Allowance(NamedTuple):
    """What is left to an account: requests, and seconds until the first of them is forgotten."""

    limit: int
    remaining: int
    reset: int


def admit(request: HttpRequest, owner) -> None:
    """Count the request for `owner`; raise the 429 where there were too many."""
    limit = limit_of(request)
    if limit is None:
        return
    is_admitted, resets_at, remaining = counts().count(limit, str(owner.pk))
    reset = max(1, math.ceil(resets_at - time.time()))
    request.allowance = Allowance(limit.amount, remaining, reset)
    if not is_admitted:
        raise problems.throttled(reset)


def limit_of(request: HttpRequest) -> RateLimitItem | None:
    """The limit that the request falls under, None where that one is off."""
    creates = request.method == "POST" and CREATE.fullmatch(request.path)
    amount = settings.RATE_LIMIT_CREATES if creates else settings.RATE_LIMIT_REQUESTS
    name = "creates" if creates else "requests"
    window = settings.RATE_LIMIT_WINDOW
    return RateLimitItemPerSecond(amount, window, name) if amount else None


@cache
def counts() -> Counts:
    return Counts(settings.REDIS_URL)


class RateLimitMiddleware(MiddlewareMixin):
    """Tell each account what is left to it: the RateLimit headers, also on errors."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if allowance := getattr(request, "allowance", None):
            response.headers["RateLimit-Limit"] = str(allowance.limit)
            response.headers["RateLimit-Remaining"] = str(allowance.remaining)
            response.headers["RateLimit-Reset"] = str(allowance.reset)
        return response
