"""Pages of a list, newest first: a cursor names the row to go on from, so that rows that come or go
meanwhile neither repeat nor hide others."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode

from django.core import signing
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from .addresses import base_url
from .problems import Problem

SIZE = 100
CHUNK = 10
# A page ends early rather than grow past this many characters of words.
WEIGHT = 4 * 1024 * 1024
SALT = "predictions.api.paging"
BAD_CURSOR = "The cursor must be one that this list gave."

Key = tuple[datetime, object]  # created_at and id


def page(
    request: HttpRequest,
    cursor: str | None,
    rows: QuerySet,
    to_objects: Callable[[list], list[dict]],
    weigh: Callable[[dict], int] = lambda _: 0,
    shown: QuerySet | None = None,
) -> dict:
    """`{"next", "previous", "results"}`; rows have `created_at` and `id`. Raises Problem.

    `shown` are the same rows and others, to be asked by id: beside a second condition SQLite may
    overlook the primary key.
    """
    is_back, position = _read_cursor(request, cursor)
    step = rows.order_by("created_at", "id") if is_back else rows.order_by("-created_at", "-id")
    if position:
        step = step.filter(_beyond(*position, is_back))
    keys = list(step.values_list("created_at", "id")[: SIZE + 1])
    loaded = _load(rows if shown is None else shown, keys[:SIZE], to_objects, weigh)
    has_more = bool(loaded) and loaded[-1][0] != keys[-1]
    if is_back:
        loaded.reverse()
    has_newer, has_older = (has_more, True) if is_back else (bool(position), has_more)
    return {
        "next": _link(request, "next", loaded[-1][0]) if loaded and has_older else None,
        "previous": _link(request, "previous", loaded[0][0]) if loaded and has_newer else None,
        "results": [each for _, each in loaded],
    }


def _load(rows: QuerySet, keys: list[Key], to_objects, weigh) -> list[tuple[Key, dict]]:
    """The rows of these keys as objects, as many as are light enough; at least one."""
    loaded: list[tuple[Key, dict]] = []
    weight = 0
    for start in range(0, len(keys), CHUNK):
        chunk = keys[start : start + CHUNK]
        found = rows.in_bulk([id for _, id in chunk])
        there = [key for key in chunk if key[1] in found]
        for key, each in zip(there, to_objects([found[id] for _, id in there]), strict=True):
            weight += weigh(each)
            if loaded and weight > WEIGHT:
                return loaded
            loaded.append((key, each))
    return loaded


def _beyond(moment: str, id: object, is_back: bool) -> Q:
    after = "gt" if is_back else "lt"
    at = datetime.fromisoformat(moment)
    beyond = Q(**{f"created_at__{after}": at}) | Q(created_at=at, **{f"id__{after}": id})
    return beyond & Q(**{f"created_at__{after}e": at})  # where an index is entered: an OR is not


def _link(request: HttpRequest, direction: str, key: Key) -> str:
    cursor = signing.dumps([direction, key[0].isoformat(), key[1]], salt=_salt(request))
    query = urlencode({**request.GET.dict(), "cursor": cursor})
    return f"{base_url(request)}{request.path}?{query}"


def _read_cursor(request: HttpRequest, cursor: str | None) -> tuple[bool, list | None]:
    """Signed, so that what comes back is what went out, and to the same list."""
    if not cursor:
        return False, None
    try:
        direction, *position = signing.loads(cursor, salt=_salt(request))
    except signing.BadSignature as error:
        raise Problem(400, "Bad request", BAD_CURSOR) from error
    return direction == "previous", position


def _salt(request: HttpRequest) -> str:
    return f"{SALT}:{request.path}"
