"""What goes over the wire: the request bodies, and the prediction object."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.timezone import localtime
from ninja import Schema

from predictions.models import Prediction


class PredictionRequest(Schema):
    """POST /v1/predictions. `version`: 64 hex, `owner/name:<64 hex>` or `owner/name`.

    `stream` is accepted and ignored, as by Replicate: the stream is there when the version streams.
    """

    version: str
    input: dict
    stream: bool | None = None


def prediction_object(request: HttpRequest, prediction: Prediction) -> dict:
    """The prediction as the API gives it (reference: Replicate's HTTP API)."""
    base = settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}"
    url = f"{base}/v1/predictions/{prediction.id}"
    urls = {"get": url, "cancel": f"{url}/cancel"}
    if prediction.version.streams:
        urls["stream"] = f"{base}/v1/streams/{prediction.stream_key}"
    return {
        "id": prediction.id,
        "model": str(prediction.version.model),
        "version": prediction.version_id,
        "input": prediction.input,
        "output": prediction.words or None,
        "logs": prediction.logs,
        "error": prediction.error or None,
        "status": prediction.status,
        "source": prediction.source,
        "created_at": timestamp(prediction.created_at),
        "started_at": timestamp(prediction.started_at),
        "completed_at": timestamp(prediction.completed_at),
        "data_removed": False,
        "metrics": prediction.metrics,
        "urls": urls,
    }


def timestamp(moment) -> str | None:
    """RFC 3339 in UTC with `Z` and six fraction digits."""
    return moment and localtime(moment).isoformat(timespec="microseconds").replace("+00:00", "Z")
