"""Conversations and their messages: a message is a turn in a tree, an answer is a prediction."""

from .conversations import AskRefused, Conversation
from .messages import Message

__all__ = ["AskRefused", "Conversation", "Message"]
