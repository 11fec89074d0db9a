"""JSON as servers send it: it may be none, and say anything. Whoever reads it here is not hurt."""

import json

from .base import DETAIL_BYTES, Unreadable


def read(text: str | bytes) -> object:
    """What that text says. Raises Unreadable."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(_shown(text)) from error


def read_object(text: str | bytes) -> dict:
    """The JSON object that `text` is. Raises Unreadable."""
    found = read(text)
    if not isinstance(found, dict):
        raise Unreadable(_shown(text))
    return found


def rows_of(facts: object, name: str) -> list:
    """The list under that name. Raises Unreadable where there is none."""
    rows = facts.get(name) if isinstance(facts, dict) else None
    if not isinstance(rows, list):
        raise Unreadable(f"no {name} in {_shown(json.dumps(facts))}")
    return rows


def text_of(facts: object, name: str) -> str:
    """The text under that name, "" where there is none."""
    found = facts.get(name) if isinstance(facts, dict) else None
    return found if isinstance(found, str) else ""


def object_of(facts: object, name: str) -> dict:
    """The object under that name, an empty one where there is none."""
    found = facts.get(name) if isinstance(facts, dict) else None
    return found if isinstance(found, dict) else {}


def _shown(text: str | bytes) -> str:
    start = text[:DETAIL_BYTES]
    return start if isinstance(start, str) else start.decode(errors="replace")
