from datetime import timedelta

import pytest
from django.utils import timezone

from chatapp import rounds
from chatapp.models import Conversation

HOUR = timedelta(hours=1)


@pytest.fixture
def changed(db, monkeypatch):
    """Makes conversations that changed so many hours ago; two are looked at at a time."""
    monkeypatch.setattr(rounds, "SIZE", 2)

    def make(*hours: float, **fields) -> list:
        at = [timezone.now() - HOUR * hour for hour in hours]
        return [Conversation.objects.create(updated_at=each, **fields).id for each in at]

    return make


def test_the_first_round_is_of_all_and_the_next_of_what_changed_of_late(changed):
    oldest, old, new = changed(9999, 5000, 1)
    going = rounds.Rounds()

    assert [going.some(), going.some(), going.some()] == [[oldest, old], [new], [new]]


def test_what_changed_at_once_is_looked_at_once(changed):
    made = changed(1, 2, 3, 4, 5)
    Conversation.objects.update(updated_at=timezone.now())
    going = rounds.Rounds()

    seen = going.some() + going.some() + going.some()

    assert sorted(seen) == sorted(made)


def test_a_round_ends_also_where_the_last_part_is_whole(changed):
    changed(1, 2)
    going = rounds.Rounds()

    assert [len(going.some()) for _ in range(3)] == [2, 0, 2]


def test_deleted_ones_are_left_out(changed):
    changed(1, deleted_at=timezone.now())

    assert rounds.Rounds().some() == []
