"""What the engine keeps: models and versions, predictions and their log, and what clients own."""

from .catalogue import LanguageModel
from .deployments import Deployment
from .files import File
from .predictions import DONE, ERROR, LOGS, OUTPUT, Event, Prediction, Segment
from .prices import Price
from .tokens import ApiToken
from .upstreams import Upstream, UpstreamRequest
from .versions import Version
from .webhooks import WebhookDelivery, WebhookSecret

__all__ = [
    "DONE",
    "ERROR",
    "LOGS",
    "OUTPUT",
    "ApiToken",
    "Deployment",
    "Event",
    "File",
    "LanguageModel",
    "Prediction",
    "Price",
    "Segment",
    "Upstream",
    "UpstreamRequest",
    "Version",
    "WebhookDelivery",
    "WebhookSecret",
]
