"""What the engine keeps: the catalogue of models, predictions and their log, API tokens."""

from .catalogue import LanguageModel, Upstream, Version
from .predictions import Prediction, Segment
from .tokens import ApiToken

__all__ = ["ApiToken", "LanguageModel", "Prediction", "Segment", "Upstream", "Version"]
