"""How many conversations there are of each kind: counted once, in groups of conversations that are
alike, and added up here. A count says what its choice would show beside the other filters' choices.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet

from chatapp.models.summaries import SLOW

COLUMNS = (
    *("model", "upstream", "site", "status", "is_anonymous", "error_count", "interrupted_count"),
    *("stopped_count", "up_count", "down_count", "flag_count"),
)


class Group(NamedTuple):
    """So many (`count`) conversations whose summaries have all of this in common."""

    model: int | None
    upstream: int | None
    site: str
    status: str
    is_anonymous: bool
    error_count: int
    interrupted_count: int
    stopped_count: int
    up_count: int
    down_count: int
    flag_count: int
    is_slow: bool
    count: int


class Option(NamedTuple):
    """A choice of a filter: as the database understands it, and for a group (None: where groups
    do not tell)."""

    value: str
    title: str
    condition: Q
    holds: Callable[[Group], bool] | None = None


class Choice(NamedTuple):
    """A filter's options, and which of them is chosen."""

    options: Sequence[Option]
    chosen: Option | None


def groups(summaries: QuerySet) -> list[Group]:
    """In one query, which reads an index alone."""
    rows = summaries.order_by().values_list(*COLUMNS)
    # Of a column that is in the index: with any other, each row would be read.
    slow = Count("last_activity", filter=Q(slowest_first_word__gte=SLOW))
    found = []
    for *columns, count, slow_count in rows.annotate(count=Count("*"), slow=slow):
        if slow_count:
            found.append(Group(*columns, True, slow_count))
        if slow_count < count:
            found.append(Group(*columns, False, count - slow_count))
    return found


def count(groups: Iterable[Group], choices: Sequence[Choice]) -> list[list[int]]:
    """Of each of these, how many conversations each option would show: what was chosen elsewhere
    holds for them, what was chosen in the same place does not count."""
    counts = [[0] * len(choice.options) for choice in choices]
    for group in groups:
        barred = [
            place
            for place, choice in enumerate(choices)
            if choice.chosen and not choice.chosen.holds(group)
        ]
        if len(barred) > 1:
            continue
        for place in barred or range(len(choices)):
            for number, option in enumerate(choices[place].options):
                if option.holds(group):
                    counts[place][number] += group.count
    return counts
