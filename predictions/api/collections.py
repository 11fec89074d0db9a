"""`/v1/collections`: models that have something in common. There is one: those that stream."""

from django.http import HttpRequest
from ninja import Router

from predictions.models import LanguageModel

from . import problems
from .addresses import base_url
from .schemas.catalogue import CollectionObject, CollectionPage, model_objects

router = Router(tags=["Collections"])
STREAMING = {
    "slug": "streaming-language-models",
    "name": "Streaming language models",
    "description": "Language models whose latest version streams its output word by word.",
    "full_description": None,
}


@router.get("/collections", response=CollectionPage, exclude_unset=True)
def list_collections(request: HttpRequest):
    return {"next": None, "previous": None, "results": [STREAMING]}


@router.get("/collections/{slug}", response=CollectionObject, exclude_unset=True)
def get_collection(request: HttpRequest, slug: str):
    if slug != STREAMING["slug"]:
        raise problems.not_found("collection")
    models = LanguageModel.objects.streaming().order_by("-created_at", "-id")
    return STREAMING | {"models": model_objects(models, base_url(request))}
