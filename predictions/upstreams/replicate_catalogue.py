"""Replicate's model and version objects, as models that were found."""

import re
from datetime import UTC, datetime

from predictions.checking import is_sound

from .base import FoundModel
from .schemas import streaming_schema

VERSION = re.compile(r"[0-9a-f]{64}")
LLAMA_2 = re.compile(r"llama-?2.*chat", re.IGNORECASE)
# Of a model that tells no schema all that is known is that it is in a collection that streams.
UNTOLD = streaming_schema({"prompt": {"type": "string", "title": "Prompt"}})
UNTOLD["components"]["schemas"]["Input"]["additionalProperties"] = True


def name_of(row: dict) -> str:
    """`owner/name` of a model object, "" where it is none."""
    owner, name = row.get("owner"), row.get("name")
    is_model = isinstance(owner, str) and isinstance(name, str)
    return (
        f"{owner}/{name}"
        if is_model and re.fullmatch(r"[\w.-]+/[\w.-]+", f"{owner}/{name}")
        else ""
    )


def latest(row: dict, *, by_name: bool = False) -> list[FoundModel]:
    """The model with the latest version that it tells of, if any: run as that version, or
    `by_name` as whatever is newest then."""
    version = row.get("latest_version")
    version = version if isinstance(version, dict) else {}
    return [found_model(row, {**version, "id": ""} if by_name else version)]


def found_model(row: dict, version: dict) -> FoundModel:
    """A version of a model; where it has no id of 64 hex digits, the model by its name."""
    name, id = name_of(row), str(version.get("id") or "")
    is_version = bool(VERSION.fullmatch(id))
    schema = _schema(version.get("openapi_schema"))
    return FoundModel(
        f"{name}:{id}" if is_version else name,
        schema,
        description=str(row.get("description") or ""),
        prompt_template=_prompt_template(name, schema),
        owner=row["owner"],
        model=row["name"],
        version_id=id if is_version else "",
        created_at=_moment(version.get("created_at")),
    )


def _schema(told: object) -> dict:
    """The version's document, as long as it says what its input is."""
    return told if is_sound(told) else UNTOLD


def _prompt_template(name: str, schema: dict) -> str:
    """Llama 2 chat models take Meta's format, unless they put the prompt into one themselves."""
    taken = schema["components"]["schemas"]["Input"].get("properties") or {}
    is_bare = not {"messages", "prompt_template"} & set(taken)
    return "llama-2" if LLAMA_2.search(name) and is_bare else ""


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
