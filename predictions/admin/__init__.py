"""The operators' admin of the engine: which models there are, and how the predictions went."""

from . import catalogue, deployments, predictions, tokens

__all__ = ["catalogue", "deployments", "predictions", "tokens"]
