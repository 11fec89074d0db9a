"""How many messages may be sent in any 24 hours, by an account or an anonymous visitor.

A visitor who drops their cookies is known by their address. Every way of asking spends one, in the
transaction that asks: two tabs cannot slip one past. What was sent is counted also once deleted.
"""

import math
from contextvars import ContextVar
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _

from .counts import Count, you_sent, your_network_sent
from .embed import limits as embed
from .models.owned import VISITOR
from .models.refusals import AskRefused
from .models.spent import Spent, one_at_a_time

NEAR = 5  # from here on the page says how many are left

asking: ContextVar[HttpRequest | None] = ContextVar("asking", default=None)


class LimitReached(AskRefused):
    """Nothing more can be sent before `opens_at`."""

    def __init__(self, sentence: str, opens_at: datetime) -> None:
        super().__init__(sentence)
        self.opens_at = opens_at


def spend(owner, visitor: str, site: str = "") -> None:
    """Count one message of the account, or else of the visitor. Call it in a transaction.

    Raises LimitReached; then nothing is counted.
    """
    network = "" if owner else _network(visitor)
    counts = _counts(owner, visitor, network, site)
    if not counts:
        return
    whose = f"account:{owner.pk}" if owner else f"visitor:{visitor}"
    one_at_a_time([whose, f"net:{network}", f"site:{site}"])
    for count in counts:
        if opens_at := count.opens_at():
            _refuse(count.sentence(), opens_at, can_log_in=not (owner or site))
    Spent.objects.create(owner=owner, visitor=visitor, network=network, site=site)
    if request := asking.get():
        request.messages_left = left(owner, visitor, network, site)


def left(owner, visitor: str, network: str, site: str = "") -> int | None:
    """How many more can be sent now; None where there is no limit."""
    return min((count.left() for count in _counts(owner, visitor, network, site)), default=None)


def few_left(request: HttpRequest) -> int | None:
    """How many more whoever asks can send now, where those are few."""
    owner = request.user if request.user.is_authenticated else None
    visitor = request.session.get(VISITOR, "")
    count = left(owner, visitor, network_of(request)) if owner or visitor else None
    return count if count is not None and count <= NEAR else None


def forget() -> int:
    """Remove a batch of what does not count any more; how many there were."""
    return Spent.objects.forget()


def address_of(request: HttpRequest) -> str:
    """Where it comes from: behind a proxy that we trust, what the proxy says; "" is unknown."""
    address = request.META.get("REMOTE_ADDR") or ""
    if settings.TRUST_PROXY:
        forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        address = forwarded or address
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    # Who has an IPv6 address has a whole /64 of them.
    return str(parsed if parsed.version == 4 else ip_network((parsed, 64), strict=False)[0])


def network_of(request: HttpRequest) -> str:
    """The address as it is counted: hashed, and "" for this machine and for private networks."""
    address = address_of(request)
    if not address or not ip_address(address).is_global:
        return ""
    return salted_hmac("chatapp.limits", address, algorithm="sha256").hexdigest()[:32]


class LimitsMiddleware(MiddlewareMixin):
    """Lets `spend` know who asks, and tells what came of it: 429 and Retry-After, or Messages-Left
    where only a few more can be sent."""

    def process_request(self, request: HttpRequest) -> None:
        asking.set(request)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        asking.set(None)
        if opens_at := getattr(request, "opens_at", None):
            response.status_code = 429
            wait = (opens_at - timezone.now()).total_seconds()
            response.headers["Retry-After"] = str(max(1, math.ceil(wait)))
        messages_left = getattr(request, "messages_left", None)
        if messages_left is not None and messages_left <= NEAR:
            response.headers["Messages-Left"] = str(messages_left)
        return response


def _network(visitor: str) -> str:
    """A queued turn is asked when nobody does: from where the visitor's last one came."""
    if request := asking.get():
        return network_of(request)
    last = Spent.objects.filter(visitor=visitor).order_by("-sent_at").first()
    return last.network if last else ""


def _counts(owner, visitor: str, network: str, site: str) -> list:
    """What is counted, where there is a limit."""
    if site:
        counts = embed.counts(site, visitor, network)
    elif owner:
        most = 0 if owner.is_staff else settings.CHAT_DAILY_MESSAGES
        counts = [Count(Spent.objects.filter(owner=owner), most, you_sent)]
    else:
        most = settings.CHAT_DAILY_MESSAGES_ANONYMOUS
        theirs = Spent.objects.filter(owner=None, visitor=visitor)
        # Also what came along to an account since: to log in and out gives nothing back.
        from_there = Spent.objects.filter(network=network, site="")
        counts = [Count(theirs, most, you_sent)]
        counts += [Count(from_there, most, your_network_sent)] if network else []
    return [count for count in counts if count.most]


def _refuse(sentence: str, opens_at: datetime, can_log_in: bool) -> None:
    if request := asking.get():
        request.opens_at = opens_at
    then = (
        _("You can write again at %(time)s.")
        if not can_log_in
        else _("You can write again at %(time)s, or log in.")
    )
    raise LimitReached(f"{sentence} {then % {'time': _clock(opens_at)}}", opens_at)


def _clock(moment: datetime) -> str:
    """14:05 UTC, after the date where that is not today. A script says it in the visitor's time."""
    moment = moment.astimezone(UTC)
    is_today = moment.date() == timezone.now().date()
    return f"{moment:%H:%M} UTC" if is_today else f"{moment:%Y-%m-%d %H:%M} UTC"
