"""Pages of a list, newest first."""

from collections.abc import Callable

from django.db.models import QuerySet
from django.http import HttpRequest

SIZE = 100


def page(request: HttpRequest, rows: QuerySet, to_objects: Callable[[list], list[dict]]) -> dict:
    """`{"next", "previous", "results"}`."""
    newest = rows.order_by("-created_at", "-id")[:SIZE]
    return {"next": None, "previous": None, "results": to_objects(list(newest))}
