"""The tree of a conversation: who replies to whom, without a word of what was said.

Light enough to be read whole for thousands of messages: three columns, one query.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from uuid import UUID


class Tree:
    """`rows`: (id, parent's id or None, role) of every message, oldest first."""

    def __init__(self, rows: Iterable[tuple[UUID, UUID | None, str]]) -> None:
        self.parents: dict[UUID, UUID | None] = {}
        self.roles: dict[UUID, str] = {}
        for id, parent, role in rows:
            self.parents[id], self.roles[id] = parent, role

    @cached_property
    def replies(self) -> dict[UUID | None, list[UUID]]:
        replies = defaultdict(list)
        for id, parent in self.parents.items():
            replies[parent].append(id)
        return replies

    def path(self, to: UUID | None) -> list[UUID]:
        """From the first message to this one; [] for none, or one that is not in the tree."""
        path = []
        while to in self.parents:
            path.append(to)
            to = self.parents[to]
        return path[::-1]

    def leaf(self, under: UUID | None) -> UUID | None:
        """Where one ends up who follows the newest reply from here (None: from the start) on."""
        while self.replies[under]:
            under = self.replies[under][-1]
        return under

    def variants(self, id: UUID) -> list[UUID]:
        """The message and the others that were said in its place, oldest first."""
        return [
            each for each in self.replies[self.parents[id]] if self.roles[each] == self.roles[id]
        ]
