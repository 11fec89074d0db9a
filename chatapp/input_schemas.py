"""Schemas of inputs as models tell them, made flat: one type, and what is known of it."""

from collections.abc import Iterator

NESTED = 8  # how deep a schema may refer to another
MOST_PARTS = 100  # of one schema, in all
REFERENCE = "#/components/schemas/"


def resolved(property: object, components: dict) -> dict:
    """One flat schema: what is referred to, `allOf`, and the one choice besides null, merged."""
    return _merged(property, components, 0, iter(range(MOST_PARTS)))


def _merged(property: object, components: dict, depth: int, budget: Iterator[int]) -> dict:
    if not isinstance(property, dict) or depth > NESTED or next(budget, None) is None:
        return {}
    merged: dict = {}
    for part in _parts(property, components):
        merged |= _merged(part, components, depth + 1, budget)
    merged |= {k: v for k, v in property.items() if k not in {"$ref", "allOf", "anyOf", "oneOf"}}
    if isinstance(kinds := merged.get("type"), list):
        real = [kind for kind in kinds if kind != "null"]
        merged["type"] = real[0] if len(real) == 1 else None
    if "const" in merged:
        merged.setdefault("enum", [merged["const"]])
    return merged


def _parts(property: dict, components: dict) -> Iterator[object]:
    reference = str(property.get("$ref", ""))
    if reference.startswith(REFERENCE):
        yield components.get("schemas", {}).get(reference.removeprefix(REFERENCE))
    yield from list_of(property, "allOf")
    for choice in ("anyOf", "oneOf"):
        real = [each for each in list_of(property, choice) if each != {"type": "null"}]
        if len(real) == 1:
            yield real[0]


def list_of(schema: dict, name: str) -> list:
    """The list under that name, an empty one where there is none."""
    found = schema.get(name)
    return found if isinstance(found, list) else []
