"""What goes over the wire: the request bodies, and the prediction object."""

from typing import Literal

from django.utils.timezone import localtime
from ninja import Schema

from predictions.models import Prediction

WebhookEvent = Literal["start", "output", "logs", "completed"]


class PredictionRequest(Schema):
    """POST /v1/predictions. `version`: 64 hex, `owner/name:<64 hex>` or `owner/name`.

    `stream` is accepted and ignored, as by Replicate: the stream is there when the version streams.
    """

    version: str
    input: dict
    stream: bool | None = None
    webhook: str | None = None
    webhook_events_filter: list[WebhookEvent] | None = None
    webhook_completed: str | None = None


def prediction_object(prediction: Prediction, base_url: str) -> dict:
    """The prediction as the API gives it; `base_url` is where the API is reached."""
    optional = {}
    if prediction.webhook:
        optional["webhook"] = prediction.webhook
        optional["webhook_events_filter"] = prediction.webhook_events_filter
    url = f"{base_url}/v1/predictions/{prediction.id}"
    urls = {"get": url, "cancel": f"{url}/cancel"}
    if prediction.version.streams:
        urls["stream"] = f"{base_url}/v1/streams/{prediction.stream_key}"
    return {
        "id": prediction.id,
        "model": str(prediction.version.model),
        "version": prediction.version_id,
        "input": prediction.input,
        "output": prediction.words or None,
        "logs": prediction.logs_so_far,
        "error": prediction.error or None,
        "status": prediction.status,
        "source": prediction.source,
        "created_at": timestamp(prediction.created_at),
        "started_at": timestamp(prediction.started_at),
        "completed_at": timestamp(prediction.completed_at),
        "data_removed": False,
        "metrics": prediction.metrics,
        "urls": urls,
        **optional,
    }


def timestamp(moment) -> str | None:
    """RFC 3339 in UTC with `Z` and six fraction digits."""
    return moment and localtime(moment).isoformat(timespec="microseconds").replace("+00:00", "Z")
