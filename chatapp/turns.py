"""Which turns of a conversation a page shows: the newest, or those around one of them.

However long the conversation is, only the words of what is shown are read.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q

from predictions.models import Prediction

from .models import Conversation, Message
from .models.trees import Tree

MOST = 60
RUNNING = "running"
ABOVE = 20  # turns before the one that is looked for


@dataclass(frozen=True)
class Turns:
    """Some turns in a row; `earlier` and `later` are where the others begin, or None."""

    messages: list[Message]
    earlier: Message | None = None
    later: Message | None = None


def newest(conversation: Conversation) -> Turns:
    tree = conversation.tree()
    path = tree.path(conversation.head_id)
    return _part(conversation, tree, path, len(path) - MOST, len(path))


def around(conversation: Conversation, id: UUID) -> Turns | None:
    """The turns around a message, whose branch the conversation shows from now on. Raises
    AskRefused while an answer is being written on another one."""
    tree = conversation.tree()
    if id not in tree.parents:
        return None
    if id not in tree.path(conversation.head_id):
        conversation.show(conversation.messages.get(id=id))
    path = tree.path(conversation.head_id)
    start = max(0, min(path.index(id) - ABOVE, len(path) - MOST))
    return _part(conversation, tree, path, start, start + MOST)


def before(conversation: Conversation, id: UUID) -> Turns | None:
    tree = conversation.tree()
    path = tree.path(conversation.head_id)
    if id not in path:
        return None
    end = path.index(id)
    return _part(conversation, tree, path, end - MOST, end)


def after(conversation: Conversation, id: UUID) -> Turns | None:
    tree = conversation.tree()
    path = tree.path(conversation.head_id)
    if id not in path:
        return None
    start = path.index(id) + 1
    return _part(conversation, tree, path, start, start + MOST)


def some(conversation: Conversation, ids: list[UUID]) -> Turns:
    """These, in this order; those that are not in the conversation are left out."""
    tree = conversation.tree()
    return _part(conversation, tree, [id for id in ids if id in tree.parents], 0, len(ids))


def marks(conversation: Conversation) -> dict[str, str]:
    """The newest turns by id, each with a mark that changes with it; no words are read."""
    tree = conversation.tree()
    return _marks(conversation, tree, tree.path(conversation.head_id)[-MOST:])


def mark(messages: list[Message]) -> None:
    """Give these their marks, of what is read to show them."""
    for message in messages:
        status = message.prediction.status if message.prediction else None
        feedback = getattr(message, "feedback", None)
        judged_at = feedback.updated_at if feedback else None
        forks = len(message.known_forks)
        facts = (status, judged_at, message.redacted_at, forks)
        message.mark = _mark(message.variants, message.id, *facts)


def _part(conversation: Conversation, tree: Tree, path: list[UUID], start: int, end: int) -> Turns:
    start = max(0, start)
    messages = conversation.turns(path[start:end], tree)
    mark(messages)
    return Turns(
        messages,
        earlier=messages[0] if messages and start > 0 else None,
        later=messages[-1] if messages and end < len(path) else None,
    )


def _marks(conversation: Conversation, tree: Tree, ids: list[UUID]) -> dict[str, str]:
    facts = conversation.messages.filter(id__in=ids).order_by()
    names = ("id", "prediction__status", "feedback__updated_at", "redacted_at")
    facts = facts.values_list(*names)
    forks = Count("forks", filter=Q(forks__deleted_at=None))
    found = {id: told for id, *told in facts.annotate(fork_count=forks)}
    return {str(id): _mark(tree.variants(id), id, *found[id]) for id in ids}


def _mark(
    variants: list[UUID],
    id: UUID,
    status: str | None,
    judged_at: datetime | None,
    redacted_at: datetime | None,
    forks: int,
) -> str:
    status = RUNNING if status in Prediction.RUNNING else status or "said"
    times = [f" {moment.timestamp()}" if moment else "" for moment in (judged_at, redacted_at)]
    return f"{status} {variants.index(id) + 1}/{len(variants)} {forks}{' '.join(times)}".strip()
