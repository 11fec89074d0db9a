"""Models, versions, collections and hardware."""

from collections.abc import Iterable

from ninja import Schema
from pydantic import Field

from predictions.models import LanguageModel, Prediction, Version
from predictions.objects import timestamp

from .base import PageObject, Timestamp


class VersionObject(Schema):
    """`base` names the version that this one is a fine-tune of."""

    id: str
    created_at: Timestamp
    cog_version: str
    openapi_schema: dict
    base: str = Field(None)


class VersionPage(PageObject):
    results: list[VersionObject]


class ModelObject(Schema):
    url: str
    owner: str
    name: str
    description: str
    visibility: str
    is_official: bool
    github_url: str | None
    paper_url: str | None
    license_url: str | None
    run_count: int
    cover_image_url: str | None
    default_example: None
    latest_version: VersionObject | None


class ModelPage(PageObject):
    results: list[ModelObject]


class CollectionObject(Schema):
    slug: str
    name: str
    description: str
    full_description: str | None
    models: list[ModelObject] = Field(None)


class CollectionPage(PageObject):
    results: list[CollectionObject]


class HardwareObject(Schema):
    sku: str
    name: str


def version_object(version: Version) -> dict:
    base = {"base": f"{version.base.model}:{version.base_id}"} if version.base else {}
    return {
        "id": version.id,
        "created_at": timestamp(version.created_at),
        "cog_version": version.cog_version,
        "openapi_schema": version.schema,
        **base,
    }


def model_objects(models: Iterable[LanguageModel], base_url: str) -> list[dict]:
    """Of models as `LanguageModel.objects.runnable()` gives them, in a fixed number of queries."""
    models = list(models)
    versions = Version.objects.select_related("base__model").in_bulk(
        [model.latest_version_id for model in models]
    )
    counts = Prediction.counts_of(models)
    return [
        _model_object(
            model,
            f"{base_url}/models/{model}",  # the page for people, as Replicate gives it
            counts.get(model.id, 0),
            version_object(versions[model.latest_version_id]),
        )
        for model in models
    ]


def _model_object(model: LanguageModel, url: str, runs: int, version: dict) -> dict:
    return {
        "url": url,
        "owner": model.owner,
        "name": model.name,
        "description": model.description,
        # Whoever has a token sees every model; none needs its version to be named.
        "visibility": "public",
        "is_official": True,
        "github_url": model.github_url or None,
        "paper_url": model.paper_url or None,
        "license_url": model.license_url or None,
        "run_count": runs,
        "cover_image_url": model.cover_image_url or None,
        "default_example": None,
        "latest_version": version,
    }
