"""The prediction as the outside sees it: the same object in the API's answers and in webhooks."""

from datetime import datetime

from django.utils.timezone import localtime

from predictions.models import Prediction


def prediction_object(prediction: Prediction, base_url: str) -> dict:
    """The prediction as the API gives it; `base_url` is where the API is reached."""
    words, logs = prediction.so_far()
    optional = {
        "deadline": timestamp(prediction.deadline),
        "deployment": prediction.deployment and str(prediction.deployment),
    }
    if prediction.status == Prediction.Status.STARTING:
        optional["queue_position"] = prediction.place
    if prediction.webhook:
        optional["webhook"] = prediction.webhook
        optional["webhook_events_filter"] = prediction.webhook_events_filter
    return {
        "id": prediction.id,
        "model": str(prediction.version.model),
        "version": prediction.version_id,
        "input": prediction.input,
        "output": words or None,
        "logs": logs,
        "error": prediction.error or None,
        "status": prediction.status,
        "source": prediction.source,
        "created_at": timestamp(prediction.created_at),
        "started_at": timestamp(prediction.started_at),
        "completed_at": timestamp(prediction.completed_at),
        "data_removed": prediction.data_removed,
        "metrics": prediction.metrics,
        "urls": _urls(prediction, base_url),
        **{name: value for name, value in optional.items() if value is not None},
    }


def _urls(prediction: Prediction, base_url: str) -> dict:
    url = f"{base_url}/v1/predictions/{prediction.id}"
    urls = {"get": url, "cancel": f"{url}/cancel"}
    if prediction.has_stream:
        urls["stream"] = f"{base_url}/v1/streams/{prediction.stream_key}"
    return urls


def timestamp(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC with `Z` and six fraction digits."""
    return moment and localtime(moment).isoformat(timespec="microseconds").replace("+00:00", "Z")
