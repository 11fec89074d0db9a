"""The HTTP API under `/v1`, in the contract of Replicate's predictions API: a router a noun."""

from ninja.openapi.docs import Swagger

from . import (
    account,
    collections,
    deployments,
    files,
    models,
    predictions,
    problems,
    webhooks,
)
from .auth import BearerToken
from .openapi import DESCRIPTION, DocumentedAPI

api = DocumentedAPI(
    title="Rivulet",
    version="1",
    description=DESCRIPTION,
    auth=BearerToken(),
    parser=problems.JSONObject(),
    docs=Swagger({"defaultModelsExpandDepth": -1, "persistAuthorization": True}),
)
problems.install(api)
for noun in (predictions, files, models, deployments, collections, webhooks, account):
    api.add_router("", noun.router)

__all__ = ["api"]
