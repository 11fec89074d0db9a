"""What reviewers have added to a conversation, and what in it deserves a look."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from chatapp.models import (
    Comment,
    Conversation,
    ExpectedAnswer,
    Flag,
    Tagging,
)

MOST_CONCERNS = 30


@dataclass
class Remarks:
    """On one message, or on the whole conversation."""

    flags: list[Flag] = field(default_factory=list)
    tags: list[Tagging] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    expected: ExpectedAnswer | None = None

    @property
    def is_flagged(self) -> bool:
        return any(flag.cleared_at is None for flag in self.flags)

    def __bool__(self) -> bool:
        return bool(self.flags or self.tags or self.comments or self.expected)


class Concern(NamedTuple):
    """A message that deserves a look, and why."""

    message: UUID
    why: str


def remarks_of(conversation: Conversation) -> dict[UUID | None, Remarks]:
    """By the message's id; None for those on the conversation."""
    found: dict[UUID | None, Remarks] = defaultdict(Remarks)
    for flag in conversation.flags.select_related("by", "cleared_by"):
        found[flag.message_id].flags.append(flag)
    for tagging in conversation.taggings.select_related("tag", "by"):
        found[tagging.message_id].tags.append(tagging)
    for comment in conversation.comments.select_related("by"):
        found[comment.message_id].comments.append(comment)
    expected = ExpectedAnswer.objects.filter(message__conversation=conversation)
    for answer in expected.select_related("by"):
        found[answer.message_id].expected = answer
    return found


def concerns_of(conversation: Conversation) -> list[Concern]:
    """The first ones, in the order of time."""
    opened = Flag.objects.filter(message=OuterRef("pk"), cleared_at=None)
    ended_badly = Q(prediction__status__in=["failed", "canceled", "aborted"])
    messages = conversation.messages.annotate(is_flagged=Exists(opened))
    messages = messages.filter(ended_badly | Q(feedback__is_good=False) | Q(is_flagged=True))
    facts = messages.values_list("id", "prediction__status", "feedback__is_good", "is_flagged")
    rows = facts.order_by("created_at")[:MOST_CONCERNS]
    return [Concern(id, ", ".join(_why(*told))) for id, *told in rows]


def _why(status: str | None, is_good: bool | None, is_flagged: bool) -> list[str]:
    ending = {"failed": "failed", "canceled": "stopped", "aborted": "aborted"}.get(status)
    return [
        *([ending] if ending else []),
        *(["thumbs down"] if is_good is False else []),
        *(["flagged"] if is_flagged else []),
    ]
