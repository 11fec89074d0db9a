import pytest

from predictions.inputs import InvalidInput, clean_input

SCHEMA = {
    "type": "object",
    "required": ["prompt", "style"],
    "properties": {
        "prompt": {"type": "string"},
        "style": {"allOf": [{"$ref": "#/components/schemas/style"}]},
        "n": {"type": "integer", "minimum": 1, "maximum": 4},
    },
}
COMPONENTS = {"schemas": {"style": {"enum": ["calm", "wild"], "type": "string"}}}
GOOD = {"prompt": "x", "style": "calm"}


def complaints(input: object) -> list[tuple]:
    with pytest.raises(InvalidInput) as caught:
        clean_input(SCHEMA, COMPONENTS, input)
    return [(each.type, each.field, each.description) for each in caught.value.fields]


def test_a_good_input_is_kept_and_unknown_keys_are_not():
    assert clean_input(SCHEMA, COMPONENTS, GOOD | {"api_token": "secret"}) == GOOD


def test_each_missing_key_is_named():
    assert complaints({}) == [
        ("required", "input", "prompt is required"),
        ("required", "input", "style is required"),
    ]


def test_a_bad_value_is_told_with_its_field():
    assert complaints(GOOD | {"n": 5}) == [
        ("number_lte", "input.n", "Must be less than or equal to 4")
    ]
    assert complaints(GOOD | {"n": "two"}) == [
        ("invalid_type", "input.n", "n must be of type integer")
    ]
    assert complaints(GOOD | {"style": "loud"}) == [
        ("enum", "input.style", 'style must be one of the following: "calm", "wild"')
    ]


def test_an_input_that_is_no_object_is_refused():
    assert complaints("hello")[0][0] == "invalid_type"


def test_a_model_without_a_schema_gets_what_was_sent():
    assert clean_input({"additionalProperties": True}, {}, {"n": "\x00"}) == {"n": "\ufffd"}
