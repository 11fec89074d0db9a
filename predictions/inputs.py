"""The gate for inputs: an input is checked against its version's schema before anything is kept."""

from dataclasses import dataclass

from jsonschema.exceptions import ValidationError

from predictions import checking
from predictions.text import REPLACEMENT, UNFIT


@dataclass(frozen=True)
class InvalidField:
    """One complaint, in the words of Replicate's API: `type`, `field`, `description`."""

    type: str
    field: str
    description: str


UNUSABLE = InvalidField("schema", "input", "The model describes its input in a way that is broken.")


class InvalidInput(Exception):
    """The input does not fit the schema. `fields` says where, one complaint each."""

    def __init__(self, fields: list[InvalidField]) -> None:
        self.fields = fields
        super().__init__("; ".join(field.description for field in fields))


def clean_input(schema: dict, components: dict, input: object) -> dict:
    """`input` as the version takes it: checked, keys that the schema does not know dropped.

    `schema` is the version's Input schema, `components` the OpenAPI document's components that it
    refers to. Raises InvalidInput.
    """
    try:
        errors = checking.errors(schema, components, input)
    except checking.Unusable as error:
        raise InvalidInput([UNUSABLE]) from error
    if errors:
        raise InvalidInput([_complaint(error) for error in errors])
    if schema.get("additionalProperties") is True:  # a Cog server that tells no schema
        return fit(input)
    known = schema.get("properties", {})
    return {name: fit(value) for name, value in input.items() if name in known}


def fit(value: object) -> object:
    """`value` with its texts as the database can keep them: see predictions.text."""
    match value:
        case str():
            return UNFIT.sub(REPLACEMENT, value)
        case list():
            return [fit(item) for item in value]
        case dict():
            return {fit(name): fit(item) for name, item in value.items()}
    return value


def is_deeper(value: object, levels: int) -> bool:
    """Whether more than so many lists and objects are inside one another: whoever walks through
    them might not come back."""
    inside = [value] if isinstance(value, dict | list) else []
    for _ in range(levels):
        members = (each.values() if isinstance(each, dict) else each for each in inside)
        inside = [each for some in members for each in some if isinstance(each, dict | list)]
    return bool(inside)


# JSON Schema's keywords to the names that Replicate's API uses for them.
TYPES = {"type": "invalid_type", "minimum": "number_gte", "maximum": "number_lte"}


def _complaint(error: ValidationError) -> InvalidField:
    field = ".".join(["input", *map(str, error.absolute_path)])
    name = str(error.absolute_path[-1]) if error.absolute_path else "input"
    return InvalidField(TYPES.get(error.validator, error.validator), field, _sentence(error, name))


def _sentence(error: ValidationError, name: str) -> str:
    match error.validator:
        case "required":
            return error.message.replace("'", "").replace(" a required property", " required")
        case "type":
            return f"{name} must be of type {error.validator_value}"
        case "minimum":
            return f"Must be greater than or equal to {error.validator_value}"
        case "maximum":
            return f"Must be less than or equal to {error.validator_value}"
        case "enum":
            choices = ", ".join(f'"{choice}"' for choice in error.validator_value)
            return f"{name} must be one of the following: {choices}"
    return f"{name}: {error.message}"
