"""What the schemas share."""

from typing import Annotated

from ninja import Schema
from pydantic import ConfigDict, Field

Timestamp = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class Body(Schema):
    """A request body: a member that it does not know is an error, not a guess."""

    model_config = ConfigDict(extra="forbid")


class PageQuery(Schema):
    cursor: str = None


class PageObject(Schema):
    """`next` and `previous` are absolute URLs; null where there is nothing more."""

    next: str | None
    previous: str | None
