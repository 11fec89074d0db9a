from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from chatapp.models import Conversation
from chatapp.sidebar import count_wanted, listing

from .conftest import end


def titles(found) -> list[tuple[str, list[str]]]:
    return [(name, [str(each) for each in group]) for name, group in found.groups]


def test_conversations_are_grouped_by_the_day_they_were_last_spoken_in(db):
    days = [("now", 11, 21), ("before", 11, 20), ("this week", 11, 15), ("earlier", 11, 2)]
    for title, month, day in [*days, ("in spring", 4, 3)]:
        then = datetime(2026, month, day, 12, tzinfo=UTC)
        Conversation.objects.create(title=title, updated_at=then)

    found = listing(Conversation.objects.all(), today=date(2026, 11, 21))

    assert titles(found) == [
        ("Today", ["now"]),
        ("Yesterday", ["before"]),
        ("Previous 7 days", ["this week"]),
        ("November 2026", ["earlier"]),
        ("April 2026", ["in spring"]),
    ]


def test_what_is_pinned_comes_first_however_old(db):
    long_ago = timezone.now() - timedelta(days=400)
    Conversation.objects.create(title="old", updated_at=long_ago, pinned_at=timezone.now())
    Conversation.objects.create(title="new")

    assert titles(listing(Conversation.objects.all())) == [("Pinned", ["old"]), ("Today", ["new"])]


def test_more_are_shown_when_they_are_asked_for(db):
    Conversation.objects.bulk_create(Conversation(title=str(n)) for n in range(450))

    few, more, all_ = (listing(Conversation.objects.all(), count) for count in (200, 400, 600))

    assert [len(found.groups[0][1]) for found in (few, more, all_)] == [200, 400, 450]
    assert [found.more for found in (few, more, all_)] == [400, 600, 0]


@pytest.mark.parametrize(
    ("text", "count"),
    [(None, 200), ("400", 400), ("1", 200), ("-5", 200), ("99999", 10_000), ("9" * 40, 200)],
)
def test_how_many_are_listed_stays_within_reason(text, count):
    assert count_wanted(text) == count


def test_a_conversation_is_marked_while_it_is_answered(conversation):
    answer = conversation.ask("Hello")
    running = listing(Conversation.objects.all()).groups[0][1][0].is_answering

    end(answer, "Yes")

    assert running
    assert not listing(Conversation.objects.all()).groups[0][1][0].is_answering


def test_a_long_list_is_a_few_queries(conversation, django_assert_num_queries):
    conversation.ask("Hello")
    Conversation.objects.bulk_create(Conversation(title=str(n)) for n in range(100))

    with django_assert_num_queries(3):
        listing(Conversation.objects.all())
