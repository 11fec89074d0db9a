"""The list of conversations, as the sidebar shows it: grouped by when they were last spoken in."""

from datetime import date, timedelta
from itertools import groupby

from django.utils import timezone

MOST = 200


def grouped_by_date(conversations, today: date | None = None) -> list[tuple[str, list]]:
    today = today or timezone.localdate()
    newest = conversations.order_by("-updated_at")[:MOST]

    def heading(conversation) -> str:
        return _heading(timezone.localdate(conversation.updated_at), today)

    return [(name, list(group)) for name, group in groupby(newest, key=heading)]


def _heading(day: date, today: date) -> str:
    if day >= today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    return "Previous 7 days" if day >= today - timedelta(days=7) else "Older"
