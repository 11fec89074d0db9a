"""The operators' admin of the engine: which models there are, and how the predictions went."""

from . import catalogue, files, predictions, tokens

__all__ = ["catalogue", "files", "predictions", "tokens"]
