"""What the engine keeps: the catalogue of models, predictions and their log, API tokens."""

from .catalogue import LanguageModel, Upstream, Version
from .predictions import DONE, ERROR, LOGS, OUTPUT, Event, Prediction, Segment
from .tokens import ApiToken

__all__ = [
    "DONE",
    "ERROR",
    "LOGS",
    "OUTPUT",
    "ApiToken",
    "Event",
    "LanguageModel",
    "Prediction",
    "Segment",
    "Upstream",
    "Version",
]
