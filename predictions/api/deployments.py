"""`/v1/deployments`: versions under names of the caller's, and predictions by those names."""

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from predictions.inputs import fit
from predictions.models import Deployment

from . import problems
from .creation import HEADERS, create
from .paging import page
from .predictions import find_version
from .schemas.base import PageQuery
from .schemas.deployments import (
    DeploymentChange,
    DeploymentObject,
    DeploymentPage,
    DeploymentRequest,
    deployment_object,
)
from .schemas.predictions import ModelPredictionRequest, PredictionObject

router = Router(tags=["Deployments"])
TAKEN = "There is a deployment of that name already."


@router.get("/deployments", response=DeploymentPage)
def list_deployments(request: HttpRequest, query: Query[PageQuery]):
    mine = _deployments(request)
    return page(
        request, query.cursor, mine, lambda found: [deployment_object(each) for each in found]
    )


@router.post("/deployments", response=DeploymentObject)
def create_deployment(request: HttpRequest, body: DeploymentRequest):
    """Give a version a name, and if you like a default input. The hardware and the numbers of
    instances are kept for you; what runs a version is its upstream's business."""
    deployment = Deployment(owner=request.auth, name=body.name)
    _change(deployment, body, body.model)
    try:
        with transaction.atomic():
            deployment.save()
    except IntegrityError as error:
        raise problems.Problem(409, "Conflict", TAKEN) from error
    return deployment_object(deployment)


@router.get("/deployments/{owner}/{name}", response=DeploymentObject)
def get_deployment(request: HttpRequest, owner: str, name: str):
    return deployment_object(_find(request, owner, name))


@router.patch("/deployments/{owner}/{name}", response=DeploymentObject)
def update_deployment(request: HttpRequest, owner: str, name: str, body: DeploymentChange):
    """Change what is named; each change is a new release."""
    deployment = _find(request, owner, name)
    _change(deployment, body, str(deployment.version.model))
    deployment.save()
    return deployment_object(deployment)


@router.delete("/deployments/{owner}/{name}", response={204: None})
def delete_deployment(request: HttpRequest, owner: str, name: str):
    _find(request, owner, name).delete()
    return Status(204, None)


@router.post(
    "/deployments/{owner}/{name}/predictions",
    response={201: PredictionObject},
    exclude_unset=True,
    openapi_extra=HEADERS,
)
def create_deployment_prediction(
    request: HttpRequest,
    response: HttpResponse,
    owner: str,
    name: str,
    body: ModelPredictionRequest,
):
    """Run the deployed version; what the input leaves out comes from the default input."""
    deployment = _find(request, owner, name)
    if not deployment.version.upstream.enabled:
        raise problems.unknown_version()
    return create(request, response, body, deployment.predict)


def _change(deployment: Deployment, body: DeploymentChange, model: str) -> None:
    """Take over what the body names, checked. Raises Problem or InvalidInput; nothing is saved."""
    changes = body.dict(exclude_unset=True, exclude={"name", "model"})
    if "version" in changes:
        deployment.version = find_version(f"{model}:{changes.pop('version')}")
    for name, value in changes.items():
        setattr(deployment, name, fit(value))
    deployment.input = deployment.version.clean_input(deployment.input, is_partial=True)
    if deployment.min_instances > deployment.max_instances:
        complaint = f"Must be less than or equal to {deployment.max_instances}"
        raise problems.invalid_field("number_lte", "min_instances", complaint)


def _deployments(request: HttpRequest):
    shown = ("owner", "version__model", "version__base", "version__upstream")
    return Deployment.objects.filter(owner=request.auth).select_related(*shown)


def _find(request: HttpRequest, owner: str, name: str) -> Deployment:
    mine = _deployments(request).filter(name=fit(name))
    if owner == request.auth.get_username() and (deployment := mine.first()):
        return deployment
    raise problems.not_found("deployment")
