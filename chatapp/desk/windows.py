"""Which turns of a transcript a reviewer's page shows: some in a row, of any of its branches.

Unlike in chatapp.turns the head stays where it is: what reviewers look at is not what its owner
sees. However long the conversation is, only the words of what is shown are read.
"""

from dataclasses import dataclass
from uuid import UUID

from chatapp.models import Conversation, Message
from chatapp.models.trees import Tree

MOST = 60
ABOVE = 20  # turns before the one that is looked for


@dataclass(frozen=True)
class Window:
    """Turns `first` to `last` of `length`, counted from 1, of the branch that ends in `branch`."""

    messages: list[Message]
    first: int
    length: int
    branch: UUID | None
    is_owners: bool  # whether its owner's page shows this branch
    branches: int  # that there are

    @property
    def last(self) -> int:
        return self.first + len(self.messages) - 1

    @property
    def earlier(self) -> int | None:
        """Where the turns before these begin."""
        return max(1, self.first - MOST) if self.first > 1 else None

    @property
    def later(self) -> int | None:
        return self.last + 1 if self.last < self.length else None


def window(
    conversation: Conversation,
    *,
    message: UUID | None = None,
    branch: UUID | None = None,
    turn: int | None = None,
) -> Window | None:
    """The turns around a message, those from `turn` on, or else the newest ones. The branch is the
    one that ends in `branch`, or its owner's, or where that is without the message, the newest with
    it. None where the message is not in the conversation."""
    tree = conversation.tree()
    if message and message not in tree.parents:
        return None
    owners = tree.path(conversation.head_id) or tree.path(tree.leaf(None))
    path = _path(tree, owners, message, branch)
    start = _start(path, message, turn)
    messages = conversation.turns(path[start : start + MOST], tree)
    for number, each in enumerate(messages, start=start + 1):
        each.number = number
    return Window(
        messages,
        first=start + 1,
        length=len(path),
        branch=path[-1] if path else None,
        is_owners=path == owners,
        branches=sum(not tree.replies.get(id) for id in tree.parents),
    )


def _path(tree: Tree, owners: list[UUID], message: UUID | None, branch: UUID | None) -> list[UUID]:
    wanted = tree.path(branch)
    for path in (wanted, owners):
        if path and (message is None or message in path):
            return path
    return tree.path(tree.leaf(message))


def _start(path: list[UUID], message: UUID | None, turn: int | None) -> int:
    newest = max(0, len(path) - MOST)
    if message:
        return max(0, min(path.index(message) - ABOVE, newest))
    return max(0, min(turn - 1, len(path) - 1)) if turn else newest
