"""Conversations and their messages: a message is a turn in a tree, an answer is a prediction."""

from .attachments import Attachment
from .audit import AuditEntry
from .conversations import Conversation
from .embed_sites import EmbedSite
from .erasures import Erasure
from .exports import Export
from .feedback import Feedback
from .messages import Message, SharedMessage
from .naming import Naming
from .presets import Preset
from .queued import QueuedTurn
from .refusals import AskRefused
from .retention import RetentionRule
from .reviewing import Comment, ExpectedAnswer, Flag, Review, Tag, Tagging
from .search import SearchEntry
from .shares import Share
from .spent import Spent
from .summaries import Summary
from .transcripts import Transcript
from .usage import Counted, UsageDay, UsageMark
from .visits import EmbedVisit, UsedIdentity

__all__ = [
    "AskRefused",
    "Attachment",
    "AuditEntry",
    "Comment",
    "Conversation",
    "Counted",
    "EmbedSite",
    "EmbedVisit",
    "Erasure",
    "ExpectedAnswer",
    "Export",
    "Feedback",
    "Flag",
    "Message",
    "Naming",
    "Preset",
    "QueuedTurn",
    "RetentionRule",
    "Review",
    "SearchEntry",
    "Share",
    "SharedMessage",
    "Spent",
    "Summary",
    "Tag",
    "Tagging",
    "Transcript",
    "UsageDay",
    "UsageMark",
    "UsedIdentity",
]
