import json
import socket

import pytest

from predictions.checking import is_sound
from predictions.inputs import UNUSABLE, InvalidInput, clean_input

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


def unusable(property: dict, value: object = "x", **schemas: dict) -> bool:
    schema = {"type": "object", "properties": {"a": property}}
    with pytest.raises(InvalidInput) as caught:
        clean_input(schema, {"schemas": schemas}, {"a": value})
    return caught.value.fields == [UNUSABLE]


def test_nothing_that_a_schema_refers_to_is_fetched(tmp_path):
    (tmp_path / "schema.json").write_text('{"type": "string"}')

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        there = f"http://127.0.0.1:{server.getsockname()[1]}/"
        for place in (there, f"{tmp_path.as_uri()}/schema.json"):
            assert unusable({"$ref": place})
        assert unusable({"$id": there, "$ref": "a"})

        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize(
    "property",
    [
        {"$ref": "#/components/schemas/round"},
        {"$ref": "#/components/schemas/absent"},
        {"type": "nonsense"},
        {"minimum": "x"},
        {"multipleOf": 0},
    ],
)
def test_a_schema_that_cannot_be_followed_is_a_complaint(property):
    assert unusable(property, 1, round={"$ref": "#/components/schemas/round"})


@pytest.mark.parametrize("keyword", ["$ref", "$dynamicRef"])
def test_a_schema_that_repeats_itself_without_end_is_left(keyword):
    twice = {
        f"s{n}": {"allOf": [{keyword: f"#/components/schemas/s{n + 1}"}] * 2} for n in range(30)
    }

    assert unusable({keyword: "#/components/schemas/s0"}, **twice, s30={})


def test_a_pattern_that_takes_for_ever_takes_no_time():
    text = "a" * 40 + "!"
    schema = {"properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}}

    with pytest.raises(InvalidInput, match="does not match"):
        clean_input(schema, {}, {"a": text})
    schema = {"properties": {"a": {}}, "patternProperties": {"^(a+)+$": {}}}
    schema["additionalProperties"] = schema["unevaluatedProperties"] = False
    assert clean_input(schema, {}, {"a": 1, text: 1}) == {"a": 1}


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("^[a-z]*$", "ab", True),
        ("^[a-z]*$", "aB", False),
        ("b", "abc", True),
        ("(", "x", True),  # no pattern at all
        ("(?=a)b", "x", True),  # only the model's own server can tell
    ],
)
def test_a_pattern_is_held_to(pattern, text, fits):
    schema = {"properties": {"a": {"pattern": pattern}}}

    if fits:
        assert clean_input(schema, {}, {"a": text}) == {"a": text}
    else:
        with pytest.raises(InvalidInput):
            clean_input(schema, {}, {"a": text})


@pytest.mark.parametrize(
    "wanted",
    [
        *([], True, {"properties": []}, {"properties": {"a": 5}}, {"required": 5}),
        *({"properties": {"a": wrong}} for wrong in (
            {"minimum": "x"}, {"multipleOf": 0}, {"type": "nonsense"}, {"default": float("nan")},
            {"$schema": "http://json-schema.org/draft-07/schema#"}, {"$id": "http://x/"},
            {"title": "x" * 600_000},
        )),
        {"properties": {f"p{n}": {} for n in range(501)}},
        json.loads('{"items": ' * 60 + "{}" + "}" * 60),
    ],
)  # fmt: skip
def test_a_schema_that_breaks_who_reads_it_is_not_sound(wanted):
    assert not is_sound({"components": {"schemas": {"Input": wanted}}})
    assert is_sound({"components": {"schemas": {"Input": SCHEMA, **COMPONENTS["schemas"]}}})
