"""Creating a prediction as the request's headers ask: at once or after its end (`Prefer: wait`),
with a deadline (`Cancel-After`), once for each `Idempotency-Key`."""

import hashlib
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from asgiref.sync import async_to_sync
from django.db import IntegrityError, connections, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Status

from predictions import events
from predictions.inputs import fit
from predictions.models import Prediction
from predictions.objects import prediction_object

from . import problems
from .addresses import base_url
from .schemas.predictions import ModelPredictionRequest
from .webhooks import webhook_fields

LONGEST_WAIT = 60
# The clients give up half a second after the time they asked for.
WAIT_MARGIN = 0.1
WAIT = re.compile(r"(?:^|,)\s*wait\s*(?:=\s*(\d{1,9}))?\s*(?:[,;]|$)")  # RFC 7240, 2
DURATION = r"^(?=[0-9])([0-9]{1,4}h)?([0-9]{1,5}m)?([0-9]{1,6}s?)?$"
SHORTEST_DEADLINE, LONGEST_DEADLINE = timedelta(seconds=5), timedelta(hours=24)
KEY_REUSED = "This Idempotency-Key was used before, for another request."
KEY_LENGTH = Prediction._meta.get_field("idempotency_key").max_length

HEADERS = {
    "parameters": [
        {
            "in": "header",
            "name": "Prefer",
            "schema": {"type": "string"},
            "description": "`wait` or `wait=<1 to 60 seconds>`: answer when the output is there. "
            "When time runs out first, the answer says `starting`, without output.",
        },
        {
            "in": "header",
            "name": "Cancel-After",
            "schema": {"type": "string", "pattern": DURATION},
            "description": "Cancel it so long after its creation, like `90`, `90s` or `1m30s` "
            "(5s to 24h); it is `aborted` where it had not started by then.",
        },
        {
            "in": "header",
            "name": "Idempotency-Key",
            "schema": {"type": "string", "maxLength": KEY_LENGTH},
            "description": "The same key and request within 24 hours is the same prediction.",
        },
    ]
}


@dataclass(frozen=True)
class Wishes:
    """What the headers ask for. `wait` is in seconds, 0 for not at all."""

    wait: int
    preference: str
    deadline: timedelta | None
    idempotency_key: str


def create(
    request: HttpRequest,
    response: HttpResponse,
    body: ModelPredictionRequest,
    predict: Callable[..., Prediction],
) -> Status:
    """201 and the prediction object. `predict(input, **fields)` makes the row; raises Problem."""
    started = time.monotonic()
    _refuse_the_callers_token(request, body.input)
    wishes = _wishes(request)
    prediction = _once(request, body, wishes, predict)
    base = base_url(request)
    response["Location"] = f"{base}/v1/predictions/{prediction.id}"
    if wishes.wait:
        response["Preference-Applied"] = wishes.preference
        seconds = wishes.wait - WAIT_MARGIN - (time.monotonic() - started)
        return Status(201, _after_waiting(prediction, seconds, base))
    return Status(201, prediction_object(prediction, base))


def _refuse_the_callers_token(request: HttpRequest, input: dict) -> None:
    """A version that tells no schema takes every key, and the JavaScript client has a bug that
    sends the client itself as the input, token included (1.4.0, `fileEncodingStrategy`)."""
    token = request.headers["Authorization"].split()[-1]
    for name, value in input.items():
        if token in json.dumps([name, value]):
            complaint = "Must not contain your API token: nothing was kept of it"
            raise problems.invalid_field("format", "input", complaint)


def _once(request, body, wishes: Wishes, predict) -> Prediction:
    """A new prediction, or the one that this Idempotency-Key made before."""
    digest = _digest(request, body)
    fields = {"owner": request.auth, "source": Prediction.Source.API}
    fields |= webhook_fields(body, base_url(request))
    if wishes.deadline:
        fields["created_at"] = timezone.now()
        fields["deadline"] = fields["created_at"] + wishes.deadline
    if not wishes.idempotency_key:
        return predict(body.input, **fields)
    fields |= {"idempotency_key": wishes.idempotency_key, "request_digest": digest}
    if known := _known(request, wishes.idempotency_key, digest):
        return known
    try:
        with transaction.atomic():
            return predict(body.input, **fields)
    except IntegrityError:  # the other of two simultaneous requests came first
        if known := _known(request, wishes.idempotency_key, digest):
            return known
        raise


def _known(request: HttpRequest, key: str, digest: str) -> Prediction | None:
    mine = Prediction.objects.filter(owner=request.auth, idempotency_key=key)
    mine = mine.exclude(idempotency_key="")  # the condition of the index, which is then used
    prediction = mine.select_related("version__model", "version__base").first()
    if prediction and prediction.request_digest != digest:
        raise problems.Problem(409, "Conflict", KEY_REUSED)
    return prediction


def _digest(request: HttpRequest, body: ModelPredictionRequest) -> str:
    asked = json.dumps([request.path, body.dict()], sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()


def _after_waiting(prediction: Prediction, seconds: float, base: str) -> dict:
    """The prediction with its output; `starting` without any where time ran out.

    Both official clients take whatever is not `starting` for finished, and what it has for all.
    """
    connections.close_all()  # nobody needs it while this waits
    is_complete = async_to_sync(events.ended)(prediction.id, seconds)
    try:
        prediction.refresh_from_db()
    except Prediction.DoesNotExist as error:  # deleted meanwhile
        raise problems.not_found("prediction") from error
    answer = prediction_object(prediction, base)
    if is_complete and not prediction.is_running:
        return answer
    unseen = {"started_at": None, "output": None, "logs": ""}
    return answer | unseen | {"status": Prediction.Status.STARTING}


def _wishes(request: HttpRequest) -> Wishes:
    wait = WAIT.search(request.headers.get("Prefer", "").lower())
    seconds = min(int(wait[1] or LONGEST_WAIT), LONGEST_WAIT) if wait else 0
    key = fit(request.headers.get("Idempotency-Key", ""))
    if len(key) > KEY_LENGTH:
        complaint = f"Must be at most {KEY_LENGTH} characters long"
        raise problems.invalid_field("string_lte", "Idempotency-Key", complaint)
    return Wishes(
        wait=seconds,
        preference=f"wait={seconds}" if wait and wait[1] else "wait",
        deadline=_deadline(request.headers.get("Cancel-After")),
        idempotency_key=key,
    )


def _deadline(text: str | None) -> timedelta | None:
    if text is None:
        return None
    found = re.match(DURATION, text.strip())
    hours, minutes, seconds = (
        (int((part or "0").rstrip("hms")) for part in found.groups()) if found else (0, 0, 0)
    )
    deadline = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if SHORTEST_DEADLINE <= deadline <= LONGEST_DEADLINE:
        return deadline
    complaint = "Must be a duration between 5s and 24h, like 30, 30s, 5m or 1h30m45s"
    raise problems.invalid_field("format", "Cancel-After", complaint)
