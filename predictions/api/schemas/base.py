"""What the schemas share."""

from datetime import datetime
from typing import Annotated

from django.utils.timezone import localtime
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


def timestamp(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC with `Z` and six fraction digits."""
    return moment and localtime(moment).isoformat(timespec="microseconds").replace("+00:00", "Z")
