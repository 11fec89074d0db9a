"""The operators' admin of the engine: which models there are, and how the predictions went."""

from . import catalogue, deployments, files, predictions, tokens, upstreams, webhooks

__all__ = ["catalogue", "deployments", "files", "predictions", "tokens", "upstreams", "webhooks"]
