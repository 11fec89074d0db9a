"""The operators' admin of the engine: which models there are, and how the predictions went."""

from . import catalogue, predictions, tokens, webhooks

__all__ = ["catalogue", "predictions", "tokens", "webhooks"]
