"""`/v1/models` and what hangs there: versions, and predictions of the latest version."""

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from predictions.inputs import InvalidField, fit
from predictions.models import LanguageModel, Version

from . import problems
from .addresses import base_url
from .creation import HEADERS, create
from .paging import page
from .predictions import find_version
from .schemas.base import PageQuery
from .schemas.catalogue import (
    ModelObject,
    ModelPage,
    VersionObject,
    VersionPage,
    model_objects,
    version_object,
)
from .schemas.predictions import ModelPredictionRequest, PredictionObject

router = Router(tags=["Models"])
LONGEST_SEARCH = 200  # each of its words is three more comparisons for the database


@router.get("/models", response=ModelPage, exclude_unset=True)
def list_models(request: HttpRequest, query: Query[PageQuery]):
    """The models that can be run, newest first. The method QUERY, with words as its plain text
    body, gives those that have all the words in their name or description."""
    return _page(request, query.cursor, LanguageModel.objects.runnable())


@router.api_operation(
    ["QUERY"], "/models", response=ModelPage, exclude_unset=True, include_in_schema=False
)
def search_models(request: HttpRequest):
    # OpenAPI 3.1 has no word for this method. The JavaScript client sends JSON's quotes as well.
    text = fit(request.body.decode(errors="replace")).strip().strip('"')
    if len(text) > LONGEST_SEARCH:
        complaint = f"Must be at most {LONGEST_SEARCH} characters long"
        raise problems.invalid([InvalidField("string_lte", "query", complaint)])
    return _page(request, request.GET.get("cursor"), LanguageModel.objects.runnable().search(text))


@router.get("/models/{owner}/{name}", response=ModelObject, exclude_unset=True)
def get_model(request: HttpRequest, owner: str, name: str):
    found = LanguageModel.objects.runnable().filter(owner=fit(owner), name=fit(name))
    if models := model_objects(found, base_url(request)):
        return models[0]
    raise problems.not_found("model")


@router.get("/models/{owner}/{name}/versions", response=VersionPage, exclude_unset=True)
def list_versions(request: HttpRequest, owner: str, name: str, query: Query[PageQuery]):
    versions = _versions(owner, name)
    if not versions.exists():
        raise problems.not_found("model")
    return page(
        request, query.cursor, versions, lambda found: [version_object(each) for each in found]
    )


@router.get(
    "/models/{owner}/{name}/versions/{version_id}", response=VersionObject, exclude_unset=True
)
def get_version(request: HttpRequest, owner: str, name: str, version_id: str):
    if version := _versions(owner, name).filter(id=fit(version_id)).first():
        return version_object(version)
    raise problems.not_found("version")


@router.post(
    "/models/{owner}/{name}/predictions",
    response={201: PredictionObject},
    exclude_unset=True,
    openapi_extra=HEADERS,
)
def create_model_prediction(
    request: HttpRequest,
    response: HttpResponse,
    owner: str,
    name: str,
    body: ModelPredictionRequest,
):
    """Run the latest version of a model."""
    get_model(request, owner, name)
    return create(request, response, body, find_version(f"{owner}/{name}").predict)


def _page(request: HttpRequest, cursor: str | None, models) -> dict:
    base = base_url(request)
    return page(request, cursor, models, lambda found: model_objects(found, base))


def _versions(owner: str, name: str):
    versions = Version.objects.enabled().select_related("base__model")
    return versions.filter(model__owner=fit(owner), model__name=fit(name))
