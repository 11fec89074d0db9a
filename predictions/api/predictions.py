"""`/v1/predictions`: create, get, list, cancel."""

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from predictions.inputs import fit
from predictions.models import Prediction, Version
from predictions.objects import prediction_object

from . import problems
from .addresses import base_url
from .creation import HEADERS, create
from .paging import page
from .schemas.predictions import (
    PredictionObject,
    PredictionPage,
    PredictionQuery,
    PredictionRequest,
)

router = Router(tags=["Predictions"])
SHOWN = ("version__model", "version__base", "deployment__owner")


@router.post(
    "/predictions", response={201: PredictionObject}, exclude_unset=True, openapi_extra=HEADERS
)
def create_prediction(request: HttpRequest, response: HttpResponse, body: PredictionRequest):
    """Run a version on an input. Open `urls.stream` to hear the words, or poll `urls.get`."""
    return create(request, response, body, find_version(body.version).predict)


@router.get("/predictions", response=PredictionPage, exclude_unset=True)
def list_predictions(request: HttpRequest, query: Query[PredictionQuery]):
    """The caller's predictions, newest first, 100 a page; fewer where their outputs are long."""
    wanted = {
        "created_at__gte": query.created_after,
        "created_at__lt": query.created_before,
        "source": query.source,
    }
    mine = Prediction.objects.filter(owner=request.auth)
    rows = mine.filter(**{name: value for name, value in wanted.items() if value})
    base = base_url(request)
    return page(
        request,
        query.cursor,
        rows,
        lambda found: [prediction_object(each, base) for each in found],
        _weight,
        shown=Prediction.objects.select_related(*SHOWN),
    )


@router.get("/predictions/{prediction_id}", response=PredictionObject, exclude_unset=True)
def get_prediction(request: HttpRequest, prediction_id: str):
    """The prediction as it is now; while it runs the output grows."""
    return prediction_object(find_prediction(request, prediction_id), base_url(request))


@router.post("/predictions/{prediction_id}/cancel", response=PredictionObject, exclude_unset=True)
def cancel_prediction(request: HttpRequest, prediction_id: str):
    """Asynchronous, as at Replicate: the answer may still say `processing`."""
    find_prediction(request, prediction_id).cancel()
    return prediction_object(find_prediction(request, prediction_id), base_url(request))


def find_prediction(request: HttpRequest, prediction_id: str) -> Prediction:
    """The caller's prediction of that id; somebody else's is as unknown as none."""
    mine = Prediction.objects.filter(owner=request.auth).select_related(*SHOWN)
    if prediction := mine.filter(id=fit(prediction_id)).first():
        return prediction
    raise problems.not_found("prediction")


def find_version(reference: str) -> Version:
    """The enabled version that `<64 hex>`, `owner/name:<64 hex>` or `owner/name` means."""
    if version := Version.objects.enabled().named(fit(reference)):
        return version
    raise problems.unknown_version()


def _weight(prediction: dict) -> int:
    return sum(map(len, prediction["output"] or ())) + len(prediction["logs"])
