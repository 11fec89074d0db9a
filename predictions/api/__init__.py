"""The HTTP API under `/v1`, in the contract of Replicate's predictions API: a router a noun."""

from ninja import NinjaAPI

from . import predictions, problems
from .auth import BearerToken

# The OpenAPI page comes with the whole API; until then there is no half of it.
api = NinjaAPI(
    title="Rivulet",
    version="1",
    auth=BearerToken(),
    parser=problems.JSONObject(),
    docs_url=None,
    openapi_url=None,
)
problems.install(api)
api.add_router("", predictions.router)

__all__ = ["api"]
