"""`/v1/predictions`: create, get, cancel."""

from django.http import HttpRequest
from ninja import Router

from predictions.inputs import fit
from predictions.models import Prediction, Version

from . import problems
from .addresses import base_url
from .schemas import PredictionRequest, prediction_object
from .webhooks import webhook_fields

router = Router()


@router.post("/predictions", response={201: dict})
def create_prediction(request: HttpRequest, body: PredictionRequest):
    fields = webhook_fields(body, base_url(request))
    prediction = find_version(body.version).predict(body.input, owner=request.auth, **fields)
    return 201, prediction_object(prediction, base_url(request))


@router.get("/predictions/{prediction_id}", response=dict)
def get_prediction(request: HttpRequest, prediction_id: str):
    return prediction_object(find_prediction(request, prediction_id), base_url(request))


@router.post("/predictions/{prediction_id}/cancel", response=dict)
def cancel_prediction(request: HttpRequest, prediction_id: str):
    """Asynchronous, as at Replicate: the answer may still say `processing`."""
    prediction = find_prediction(request, prediction_id)
    prediction.cancel()
    prediction.refresh_from_db()
    return prediction_object(prediction, base_url(request))


def find_prediction(request: HttpRequest, prediction_id: str) -> Prediction:
    """The caller's prediction of that id; somebody else's is as unknown as none."""
    mine = Prediction.objects.filter(owner=request.auth).select_related("version__model")
    if prediction := mine.filter(id=fit(prediction_id)).first():
        return prediction
    raise problems.not_found("prediction")


def find_version(reference: str) -> Version:
    """The enabled version that `<64 hex>`, `owner/name:<64 hex>` or `owner/name` means."""
    reference = fit(reference)
    name, _, id = reference.rpartition(":") if ":" in reference else ("", "", reference)
    versions = Version.objects.filter(upstream__enabled=True).select_related("model")
    if "/" in (name or id):
        owner, _, model = (name or id).partition("/")
        versions = versions.filter(model__owner=owner, model__name=model)
    if name or "/" not in id:
        versions = versions.filter(id=id)
    if version := versions.order_by("-created_at", "-id").first():
        return version
    raise problems.UNKNOWN_VERSION
