"""The HTTP API under `/v1`, in the contract of Replicate's predictions API: a router a noun."""

from ninja import NinjaAPI

from . import predictions, problems, webhooks
from .auth import token_owner

# The OpenAPI page comes with the whole API; until then there is no half of it.
api = NinjaAPI(
    title="Rivulet",
    version="1",
    auth=token_owner,
    parser=problems.JSONObject(),
    docs_url=None,
    openapi_url=None,
)
problems.install(api)
for noun in (predictions, webhooks):
    api.add_router("", noun.router)

__all__ = ["api"]
