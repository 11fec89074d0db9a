"""The prediction, asked for and answered."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from django.utils.dateparse import parse_datetime
from ninja import Schema
from pydantic import ConfigDict, Field, JsonValue, PlainValidator

from predictions.models import Prediction

from .base import Body, PageObject, PageQuery, Timestamp, timestamp

WebhookEvent = Literal["start", "output", "logs", "completed"]


EXAMPLE = {"input": {"prompt": "Tell me a story"}}


class ModelPredictionRequest(Body):
    """`stream` is accepted and ignored, as by Replicate: a version that streams always does."""

    # What /v1/docs sends as it stands: nothing that goes to a third party.
    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    input: dict[str, JsonValue] = Field(examples=[EXAMPLE["input"]])
    stream: bool | None = Field(None, deprecated=True)
    webhook: str | None = Field(None, description="A http or https URL.")
    webhook_events_filter: list[WebhookEvent] | None = Field(
        None, description="Without it: output and completed."
    )
    webhook_completed: str | None = Field(None, deprecated=True)


class PredictionRequest(ModelPredictionRequest):
    """`version`: 64 hex, `owner/name:<64 hex>` or `owner/name` for the latest version."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"version": "meta/llama-2-70b-chat", **EXAMPLE}]}
    )

    version: str = Field(examples=["meta/llama-2-70b-chat"])


class PredictionUrls(Schema):
    """`stream` is there while the version streams and the URL is good. It needs no token."""

    get: str
    cancel: str
    stream: str = Field(None)


class PredictionObject(Schema):
    id: str = Field(pattern="^[a-z2-7]{26}$")
    model: str
    version: str
    input: dict[str, JsonValue]
    output: JsonValue
    logs: str
    error: str | None
    status: Literal["starting", "processing", "succeeded", "failed", "canceled", "aborted"]
    source: Literal["api", "web"]
    created_at: Timestamp
    started_at: Timestamp | None
    completed_at: Timestamp | None
    data_removed: bool
    metrics: dict[str, int | float]
    urls: PredictionUrls
    deadline: Timestamp = Field(None)
    deployment: str = Field(None)
    webhook: str = Field(None)
    webhook_events_filter: list[WebhookEvent] = Field(None)


def _read_moment(text: str) -> datetime:
    moment = parse_datetime(text)
    if moment is None:
        raise ValueError("Must be a date and time like 2026-01-31T12:00:00Z")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Moment = Annotated[datetime, PlainValidator(_read_moment, json_schema_input_type=datetime)]


class PredictionQuery(PageQuery):
    created_after: Moment = None
    created_before: Moment = None
    source: Literal["api", "web"] = None


class PredictionPage(PageObject):
    results: list[PredictionObject]


def prediction_object(prediction: Prediction, base_url: str) -> dict:
    """The prediction as the API gives it; `base_url` is where the API is reached."""
    words, logs = prediction.so_far()
    optional = {
        "deadline": timestamp(prediction.deadline),
        "deployment": prediction.deployment and str(prediction.deployment),
    }
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
