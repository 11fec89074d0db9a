from datetime import UTC, date, datetime

from chatapp.models import Conversation
from chatapp.sidebar import grouped_by_date


def test_conversations_are_grouped_by_the_day_they_were_last_spoken_in(db):
    for title, day in [("now", 21), ("before", 20), ("this week", 15), ("long ago", 2)]:
        Conversation.objects.create(title=title, updated_at=datetime(2026, 11, day, 12, tzinfo=UTC))

    groups = grouped_by_date(Conversation.objects, today=date(2026, 11, 21))

    assert [(name, [str(each) for each in group]) for name, group in groups] == [
        ("Today", ["now"]),
        ("Yesterday", ["before"]),
        ("Previous 7 days", ["this week"]),
        ("Older", ["long ago"]),
    ]
