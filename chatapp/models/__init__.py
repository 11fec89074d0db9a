"""Conversations and their messages: a message is a turn in a tree, an answer is a prediction."""

from .attachments import Attachment
from .conversations import Conversation
from .feedback import Feedback
from .messages import Message
from .presets import Preset
from .queued import QueuedTurn
from .refusals import AskRefused
from .shares import Share
from .spent import Spent

__all__ = [
    "AskRefused",
    "Attachment",
    "Conversation",
    "Feedback",
    "Message",
    "Preset",
    "QueuedTurn",
    "Share",
    "Spent",
]
