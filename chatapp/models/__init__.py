"""Conversations and their messages: a message is a turn in a tree, an answer is a prediction."""

from .attachments import Attachment
from .conversations import Conversation
from .feedback import Feedback
from .messages import Message, SharedMessage
from .naming import Naming
from .presets import Preset
from .queued import QueuedTurn
from .refusals import AskRefused
from .search import SearchEntry
from .shares import Share
from .spent import Spent

__all__ = [
    "AskRefused",
    "Attachment",
    "Conversation",
    "Feedback",
    "Message",
    "Naming",
    "Preset",
    "QueuedTurn",
    "SearchEntry",
    "Share",
    "SharedMessage",
    "Spent",
]
