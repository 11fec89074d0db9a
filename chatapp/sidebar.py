"""The list of conversations, as the sidebar shows it: what is pinned, then by when they were last
spoken in."""

from datetime import date, timedelta
from itertools import groupby
from typing import NamedTuple

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from chatapp.models import Conversation
from predictions.models import Prediction

MOST = 200  # at first; each look at more shows as many again
MOST_OF_ALL = 10_000


class Listing(NamedTuple):
    """Under their headings; those that are being answered have `is_answering`. `more` is how many
    to ask for to see further ones, 0 where these are all."""

    groups: list[tuple[str, list[Conversation]]]
    more: int = 0


def listing(conversations, count: int = MOST, today: date | None = None) -> Listing:
    today = today or timezone.localdate()
    pinned = list(conversations.exclude(pinned_at=None).order_by("-pinned_at")[:MOST])
    others = list(conversations.filter(pinned_at=None).order_by("-updated_at")[: count + 1])
    mark_answering([*pinned, *others])

    def heading(conversation: Conversation) -> str:
        return _heading(timezone.localdate(conversation.updated_at), today)

    groups = [(name, list(group)) for name, group in groupby(others[:count], key=heading)]
    if pinned:
        groups.insert(0, (pgettext("conversations", "Pinned"), pinned))
    return Listing(groups, count + MOST if len(others) > count < MOST_OF_ALL else 0)


def mark_answering(conversations: list[Conversation]) -> None:
    running = Prediction.objects.filter(
        status__in=Prediction.RUNNING, message__conversation__in=conversations
    )
    ids = set(running.values_list("message__conversation", flat=True))
    for each in conversations:
        each.is_answering = each.id in ids


def count_wanted(text: str | None) -> int:
    """How many are to be listed: what an address says, within reason."""
    is_number = text and text.isascii() and text.isdecimal() and len(text) < 6
    return min(max(int(text) if is_number else MOST, MOST), MOST_OF_ALL)


def _heading(day: date, today: date) -> str:
    if day >= today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    if day >= today - timedelta(days=7):
        return _("Previous 7 days")
    return date_format(day, "F Y")
