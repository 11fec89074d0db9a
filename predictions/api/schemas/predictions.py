"""The prediction, asked for and answered."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from django.utils.dateparse import parse_datetime
from ninja import Schema
from pydantic import ConfigDict, Field, JsonValue, PlainValidator

from .base import Body, PageObject, PageQuery, Timestamp

STORY = {"prompt": "Tell me a story"}
WebhookEvent = Literal["start", "output", "logs", "completed"]
# In the document only: pydantic's own mark would warn whenever we read the field.
DEPRECATED = {"deprecated": True}


class ModelPredictionRequest(Body):
    """`stream` is accepted and ignored, as by Replicate: a version that streams always does."""

    # What /v1/docs sends as it stands: nothing that goes to a third party.
    model_config = ConfigDict(json_schema_extra={"example": {"input": STORY}})

    input: dict[str, JsonValue]
    stream: bool | None = Field(None, json_schema_extra=DEPRECATED)
    webhook: str | None = None
    webhook_events_filter: list[WebhookEvent] | None = Field(
        None, description="Without it: output and completed."
    )
    webhook_completed: str | None = Field(None, json_schema_extra=DEPRECATED)


class PredictionRequest(ModelPredictionRequest):
    """`version`: 64 hex, `owner/name:<64 hex>` or `owner/name` for the latest version."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"version": "meta/llama-2-70b-chat", "input": STORY}}
    )

    version: str


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
    queue_position: int = Field(
        None, description="While it waits for its upstream: its place in the line, 1 for the next."
    )


def _read_moment(text: str) -> datetime:
    moment = parse_datetime(text)
    if moment is None:
        raise ValueError("Must be a date and time like 2026-01-31T12:00:00Z")
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as error:  # the first or the last hours that there are, elsewhere
        raise ValueError("Must be between the years 1 and 9999 in UTC") from error


Moment = Annotated[datetime, PlainValidator(_read_moment, json_schema_input_type=datetime)]


class PredictionQuery(PageQuery):
    created_after: Moment = None
    created_before: Moment = None
    source: Literal["api", "web"] = None


class PredictionPage(PageObject):
    results: list[PredictionObject]
