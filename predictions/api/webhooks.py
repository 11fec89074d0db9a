"""`/v1/webhooks`: the secret that signs them; and what a new prediction is to tell, and to whom."""

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from predictions.models import Prediction, WebhookSecret
from predictions.webhooks import InvalidURL, check_url

from . import problems


class SecretObject(Schema):
    key: str = Field(pattern="^whsec_[A-Za-z0-9+/]+=*$")


router = Router(tags=["Webhooks"])
LONGEST_BASE = Prediction._meta.get_field("base_url").max_length
DEFAULT_EVENTS = ["output", "completed"]


@router.get("/webhooks/default/secret", response=SecretObject)
def get_secret(request: HttpRequest):
    """The key that signs the webhooks of the caller's predictions (Standard Webhooks)."""
    return {"key": WebhookSecret.keys_of(request.auth)[0]}


def webhook_fields(body, base_url: str) -> dict:
    """The fields of a prediction with the webhook that `body` asks for. Raises Problem."""
    if body.webhook is not None:
        field, events = "webhook", body.webhook_events_filter
    elif body.webhook_completed is not None:
        field, events = "webhook_completed", ["completed"]
    else:
        return {}
    url = getattr(body, field)
    try:
        check_url(url)
    except InvalidURL as error:
        raise problems.invalid_field("format", field, str(error)) from error
    if len(base_url) > LONGEST_BASE:
        raise problems.Problem(400, "Bad request", "The Host header is too long.")
    events = DEFAULT_EVENTS if events is None else list(dict.fromkeys(events))
    return {"webhook": url, "webhook_events_filter": events, "base_url": base_url}
