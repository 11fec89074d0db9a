"""JSON Schema as a stranger wrote it, checked without trust.

Nothing that it refers to is fetched, no pattern runs for long, and what it repeats by references
is followed only so far. What is passed over here, the model's own server still checks.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from functools import lru_cache

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError as Malformed
from jsonschema.exceptions import UnknownType, ValidationError
from jsonschema.validators import extend
from pydantic_core import SchemaError, SchemaValidator
from pydantic_core import ValidationError as Mismatch
from pydantic_core.core_schema import str_schema
from referencing import Registry
from referencing.exceptions import Unresolvable

MOST_REFERENCES = 20_000  # about half a second

LONGEST, DEEPEST, MOST = 512 * 1024, 50, 500
# What makes the checker another one, or is looked up elsewhere.
NAMES = {"$schema", "$id", "$anchor", "$dynamicAnchor", "$vocabulary"}
BROKEN = (Unresolvable, UnknownType, RecursionError, ArithmeticError, TypeError, AttributeError)

_left: ContextVar[int] = ContextVar("references that may still be followed")


class Unusable(Exception):
    """The schema itself is wrong, whatever the input."""


def errors(schema: dict, components: dict, input: object) -> list[ValidationError]:
    """What is wrong with `input`. `components` is what `schema` may refer to. Raises Unusable."""
    _left.set(MOST_REFERENCES)
    # A registry of its own, and an empty one: the usual one fetches what it does not know.
    checker = Checker({**schema, "components": components}, registry=Registry())
    try:
        return list(checker.iter_errors(input))
    except BROKEN as error:
        raise Unusable(f"{type(error).__name__}: {error}"[:1000]) from error


def is_sound(document: object) -> bool:
    """Whether an OpenAPI document that a stranger sent can be kept, shown and checked with: of a
    bearable size, with an Input that is a schema of an object."""
    try:
        if _is_odd(document) or len(json.dumps(document, allow_nan=False)) > LONGEST:
            return False
        schemas = document["components"]["schemas"]
        properties = schemas["Input"].get("properties", {})
        if max(len(schemas), len(properties)) > MOST:
            return False
        for each in schemas.values():
            Draft202012Validator.check_schema(each, format_checker=None)
    except (KeyError, ValueError, Malformed, *BROKEN):
        return False
    return all(isinstance(each, dict) for each in (*schemas.values(), *properties.values()))


def _is_odd(document: object) -> bool:
    """Whether it is nested too deep for those who walk through it, or has any of NAMES."""
    level = [document]
    for _ in range(DEEPEST):
        if any(NAMES & set(each) for each in level if isinstance(each, dict)):
            return True
        level = [member for each in level for member in _members(each)]
        if not level:
            return False
    return True


def _members(value: object) -> Iterable:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _counted(follow: Callable) -> Callable:
    def follow_one(validator, reference, instance, schema) -> Iterator[ValidationError]:
        _left.set(_left.get() - 1)
        if _left.get() < 0:
            raise Unusable(f"more than {MOST_REFERENCES} references")
        yield from follow(validator, reference, instance, schema)

    return follow_one


def _pattern(validator, pattern, instance, schema) -> Iterator[ValidationError]:
    """In time linear in the text, whatever the pattern: re's may be exponential."""
    known = _compiled(pattern) if isinstance(instance, str) else None
    if known is None:
        return
    try:
        known.validate_python(instance)
    except Mismatch:
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


@lru_cache(256)
def _compiled(pattern: str) -> SchemaValidator | None:
    """None where it is none, or uses what cannot be searched for in linear time."""
    try:
        return SchemaValidator(str_schema(pattern=pattern, regex_engine="rust-regex"))
    except SchemaError:
        return None


def _additional(validator, wanted, instance, schema) -> Iterator[ValidationError]:
    if "patternProperties" not in schema:
        yield from KEYWORDS["additionalProperties"](validator, wanted, instance, schema)


def _pass_over(validator, wanted, instance, schema) -> Iterator[ValidationError]:
    yield from ()


KEYWORDS = Draft202012Validator.VALIDATORS
Checker = extend(
    Draft202012Validator,
    {
        "$ref": _counted(KEYWORDS["$ref"]),
        "$dynamicRef": _counted(KEYWORDS["$dynamicRef"]),
        "pattern": _pattern,
        "additionalProperties": _additional,
        # They try patterns with re.
        "patternProperties": _pass_over,
        "unevaluatedProperties": _pass_over,
        "unevaluatedItems": _pass_over,
    },
)
