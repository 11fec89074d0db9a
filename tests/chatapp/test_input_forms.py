"""The form made from a schema: any schema of ours is shown, and what is typed is asked."""

import json
import math
import time

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from hypothesis import given, settings
from hypothesis import strategies as st

from chatapp.input_forms import InputForm
from predictions.models import LanguageModel, Upstream, Version
from predictions.upstreams.demo.schema import SCHEMA as DEMO
from predictions.upstreams.openai import SCHEMA as OPENAI
from predictions.upstreams.schemas import streaming_schema

HOSTILE = '"><script>alert(1)</script>'


def version_of(properties: dict, required=(), **schemas: dict) -> Version:
    """A version, not stored, with these inputs."""
    schema = streaming_schema(properties, tuple(required))
    schema["components"]["schemas"] |= schemas
    model = LanguageModel(owner="a", name="b")
    return Version(id="0" * 64, model=model, upstream=Upstream(kind="demo"), openapi_schema=schema)


def posted(**texts: str) -> QueryDict:
    query = QueryDict(mutable=True)
    for name, text in texts.items():
        query[f"input-{name}"] = text
    return query


def fill(properties: dict, required=(), schemas=None, **texts: str) -> InputForm:
    return InputForm(version_of(properties, required, **(schemas or {})), posted(**texts))


def html(form: InputForm) -> str:
    fields = [*form.main_fields, *form.more_fields]
    return "".join(render_to_string("partials/_input.html", {"field": each}) for each in fields)


def complaint(form: InputForm, name: str) -> str:
    assert not form.is_valid()
    return form.complaints[form[name].auto_id]


@pytest.mark.parametrize(
    ("property", "typed", "value"),
    [
        ({"type": "string"}, "two\r\nlines", "two\nlines"),
        ({"type": "string"}, " kept ", " kept "),
        ({"type": "string"}, "7", "7"),
        ({"type": "integer"}, " -12 ", -12),
        ({"type": "integer"}, str(2**80), 2**80),
        ({"type": "number"}, "1e-3", 0.001),
        ({"type": "number"}, "2", 2),
        ({"type": "boolean"}, "true", True),
        ({"type": "boolean"}, "false", False),
        ({"type": "boolean", "default": False}, "on", True),
        ({"type": "array", "items": {"type": "string"}}, '["a", "\\n"]', ["a", "\n"]),
        ({"type": "object"}, '{"a": null}', {"a": None}),
        ({}, '["any", 1]', ["any", 1]),
        ({"enum": ["1", 1, True]}, "1", 1),
        ({"enum": ["1", 1, True]}, '"1"', "1"),
        ({"type": "string", "format": "uri"}, "https://x.org/a", "https://x.org/a"),
        ({"type": "string", "format": "password"}, "s3cret", "s3cret"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "5", 5),
        ({"type": "integer", "nullable": True}, "5", 5),
        ({"type": ["number", "null"]}, "0.5", 0.5),
        ({"allOf": [{"$ref": "#/components/schemas/Mode"}], "default": "fast"}, '"slow"', "slow"),
        ({"$ref": "#/components/schemas/Mode"}, '"fast"', "fast"),
    ],
)
def test_what_is_typed_becomes_the_value_of_its_type(property, typed, value):
    mode = {"Mode": {"type": "string", "enum": ["fast", "slow"], "title": "Mode"}}

    form = fill({"x": property}, schemas=mode, x=typed)

    assert form.is_valid(), form.errors
    assert form.cleaned_input == {"x": value}
    assert type(form.cleaned_input["x"]) is type(value)


@pytest.mark.parametrize(
    ("property", "typed", "sentence"),
    [
        ({"type": "integer"}, "1.5", "Write a whole number."),
        ({"type": "integer"}, "9" * 5000, "Write a whole number."),
        ({"type": "integer", "maximum": 4}, "5", "Must be less than or equal to 4"),
        ({"type": "number"}, "nan", "Write a number."),
        ({"type": "number"}, "1e999", "Write a number."),
        ({"type": "array"}, '{"not": "a list"}', "x must be of type array"),
        ({"type": "array"}, "[1", "This is not JSON: Expecting ',' delimiter"),
        ({"type": "object"}, '{"a": NaN}', "This is not JSON"),
        ({"type": "array"}, "[" * 100_000, "This is not JSON"),
        ({"type": "array"}, "[" * 60 + "]" * 60, "This is nested more than 50 levels deep."),
        ({"type": "array"}, '[{"a":' * 30 + "1" + "}]" * 30, "This is nested more than 50"),
        ({"enum": ["a", "b"]}, '"c"', "Choose one of the list."),
        ({"type": "string", "maxLength": 3}, "y" * 9999, "x: 'yyy"),
    ],
)
def test_a_wrong_value_is_told_at_its_field_and_stays_typed(property, typed, sentence):
    form = fill({"x": property, "dotted.x": {"type": "string"}}, x=typed)

    assert complaint(form, "x").startswith(sentence)
    assert len(complaint(form, "x")) < 400
    assert form["x"].value() == typed
    assert set(form.complaints) == {form["x"].auto_id}


def test_a_nested_complaint_is_told_at_the_field_with_dots_in_its_name():
    properties = {"a": {"type": "array"}, "a.b": {"type": "array", "items": {"type": "string"}}}

    form = fill(properties, **{"a": "[]", "a.b": "[1]"})

    assert "type string" in complaint(form, "a.b")


def test_what_is_needed_cannot_be_left_empty():
    form = fill({"prompt": {"type": "string"}}, required=["prompt"], prompt="")

    assert complaint(form, "prompt") == "This cannot be left empty."


def test_what_is_left_empty_is_left_out():
    form = fill({"a": {"type": "string"}, "b": {"type": "integer"}, "c": {"type": "boolean"}})

    assert form.is_valid()
    assert form.cleaned_input == {}


def test_an_emptied_text_with_a_default_is_no_text_and_not_the_default():
    form = fill({"a": {"type": "string", "default": "Be kind."}}, a="")

    assert form.is_valid()
    assert form.cleaned_input == {"a": ""}


@pytest.mark.parametrize("mark", [{"format": "password"}, {"x-cog-secret": True}])
def test_a_secret_is_asked_for_and_never_shown_again(mark):
    properties = {"key": {"type": "string", "minLength": 40, **mark}, "n": {"type": "integer"}}

    form = fill(properties, key="s3cret-canary", n="x")
    again = InputForm(version_of(properties), input={"key": "s3cret-canary", "n": 1})
    too_short = fill(properties, key="s3cret-canary", n="1")

    assert not form.is_valid()
    assert 'type="password"' in html(form)
    assert form.typed == {"key": "your-key"}
    assert not again["key"].value()
    assert complaint(too_short, "key") == "This is not as the model wants it."
    for each in (form, again, too_short):
        assert "canary" not in html(each)
        assert "canary" not in json.dumps(each.typed)


def test_an_earlier_input_fills_the_form_and_can_be_asked_again():
    version = version_of(DEMO["components"]["schemas"]["Input"]["properties"], ["prompt"])
    asked = {"prompt": "<Hi>\nthere", "temperature": 0.25, "seed": 0}

    form = InputForm(version, input=asked)
    again = InputForm(version, posted(**{each.name: str(each.value()) for each in form}))

    assert again.is_valid(), again.errors
    assert again.cleaned_input == asked
    assert form.is_more_open


def test_what_the_model_needs_comes_first_and_the_rest_is_folded():
    demo = InputForm(version_of(DEMO["components"]["schemas"]["Input"]["properties"], ["prompt"]))
    openai = InputForm(version_of(OPENAI["components"]["schemas"]["Input"]["properties"]))

    assert [each.name for each in demo.main_fields] == ["prompt"]
    assert [each.name for each in openai.main_fields] == ["prompt"]
    assert openai.more_fields[1].name == "messages"
    assert "<textarea" in str(openai.more_fields[1])
    assert not demo.is_more_open


def test_a_fold_with_something_wrong_in_it_is_open():
    properties = {"prompt": {"type": "string"}, "n": {"type": "integer"}}

    form = fill(properties, ["prompt"], prompt="Hi", n="x")

    assert not form.is_valid()
    assert form.is_more_open


def test_a_model_that_tells_no_schema_takes_json():
    version = version_of({})
    version.openapi_schema["components"]["schemas"]["Input"] = {"additionalProperties": True}

    form = InputForm(version, posted(input='{"any": ["thing"]}'))
    wrong = InputForm(version, posted(input="{"))

    assert form.is_valid()
    assert form.cleaned_input == {"any": ["thing"]}
    assert complaint(wrong, "input").startswith("This is not JSON")


def test_a_schema_that_refers_to_itself_is_shown():
    form = fill(
        {"x": {"$ref": "#/components/schemas/Loop"}},
        schemas={"Loop": {"allOf": [{"$ref": "#/components/schemas/Loop"}], "title": "Loop"}},
    )

    assert "Loop" in html(form)


def test_everything_that_is_wrong_is_told_at_once():
    number = {"type": "number", "maximum": 5}

    form = fill(
        {"prompt": {"type": "string"}, "t": number, "seed": {"type": "integer"}},
        ["prompt"],
        t="99",
        seed="x",
    )

    assert form.errors == {
        "prompt": ["This cannot be left empty."],
        "t": ["Must be less than or equal to 5"],
        "seed": ["Write a whole number."],
    }


def test_a_chat_model_is_not_asked_without_a_word():
    version, hello = Version(openapi_schema=OPENAI), '[{"role": "user", "content": "Hello"}]'

    silent = InputForm(version, posted(system_prompt="Be brief."))
    told = InputForm(version, posted(messages=hello))

    assert complaint(silent, "prompt") == "Write a prompt, or messages below."
    assert told.is_valid()


def test_hostile_names_titles_and_defaults_are_text():
    properties = {
        HOSTILE: {"type": "string", "title": HOSTILE, "description": HOSTILE, "default": HOSTILE},
        "pick": {"enum": [HOSTILE], "default": HOSTILE},
        "__class__": {"type": "boolean", "default": True, "title": {"not": "text"}},
        "json": {"type": "object", "default": {HOSTILE: HOSTILE}},
        "n": {"type": "integer", "minimum": HOSTILE},
    }

    shown = html(InputForm(version_of(properties)))

    assert "<script" not in shown
    assert shown.count("&lt;script&gt;") >= 5


# Any schema of ours: values of each type, the schema that asks for them, and how they are typed.
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1)
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
LISTS = st.lists(JSONS, max_size=3)
OBJECTS = st.dictionaries(WORDS, JSONS, max_size=3)


def typed_as(kind: str, values: st.SearchStrategy, write=str) -> st.SearchStrategy:
    shapes = st.sampled_from(
        [{"type": kind}, {"anyOf": [{"type": kind}, {"type": "null"}]}, {"allOf": [{"type": kind}]}]
    )
    return st.tuples(shapes, values).map(lambda each: (*each, write(each[1])))


INPUTS = st.one_of(
    typed_as("string", WORDS),
    typed_as("integer", st.integers()),
    typed_as("number", NUMBERS, repr),
    typed_as("boolean", st.booleans(), json.dumps),
    typed_as("array", LISTS, json.dumps),
    typed_as("object", OBJECTS, json.dumps),
    st.lists(WORDS, min_size=1, max_size=4, unique=True).map(
        lambda words: ({"type": "string", "enum": words}, words[-1], json.dumps(words[-1]))
    ),
)
TEXTS = st.fixed_dictionaries(
    {}, optional={"title": WORDS, "description": WORDS, "x-order": st.integers(0, 9)}
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(WORDS, st.tuples(INPUTS, TEXTS), max_size=5), st.data())
def test_any_schema_is_shown_and_what_is_typed_comes_out(inputs, data):
    properties = {name: property | texts for name, ((property, _, _), texts) in inputs.items()}
    required = [name for name in inputs if data.draw(st.booleans())]
    # A needed boolean is a box to tick.
    boxes = {
        n for n in required if "boolean" in str(inputs[n][0][0]) and "enum" not in inputs[n][0][0]
    }
    texts = {
        name: text
        for name, ((_, value, text), _) in inputs.items()
        if name not in boxes or value is True
    }

    form = InputForm(version_of(properties, required), posted(**texts))

    assert form.is_valid(), form.errors
    wanted = {name: value for name, ((_, value, _), _) in inputs.items()}
    assert form.cleaned_input == wanted
    assert all(not isinstance(v, float) or math.isfinite(v) for v in form.cleaned_input.values())
    assert html(form).count('class="input"') == len(inputs)
    filled = InputForm(version_of(properties, required), input=form.cleaned_input)
    assert filled.typed == wanted


def test_a_schema_that_refers_to_itself_over_and_over_is_followed_only_so_far():
    myself = {"$ref": "#/components/schemas/round"}
    version = version_of({"a": myself}, round={"title": "A", "allOf": [myself] * 9})
    start = time.process_time()

    form = InputForm(version)

    assert form.fields["a"].label == "A"
    assert time.process_time() - start < 1
