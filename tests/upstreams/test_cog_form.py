"""What a predictor takes: its schema as a form needs it, and inputs of each kind arriving."""

import asyncio

import httpx
import pytest

from predictions.upstreams import open_upstream
from predictions.upstreams.cog import described

from .cog_servers import wrapped
from .listening import hear


@pytest.fixture(scope="module")
def form(tmp_path_factory):
    with wrapped("form.py", "Predictor", tmp_path_factory.mktemp("form")) as server:
        yield server.url


@pytest.fixture(scope="module")
def schema(form):
    (model,) = asyncio.run(open_upstream("cog", form).models())
    return model.openapi_schema["components"]["schemas"]["Input"]


@pytest.fixture
def rivulet(make_server):
    return make_server()


def upload(server, text: str) -> dict:
    file = {"content": ("note.txt", text.encode(), "text/plain")}
    return httpx.post(f"{server.url}/v1/files", files=file, headers=server.authorization).json()


def test_the_inputs_keep_their_order(schema):
    properties = schema["properties"]

    ordered = sorted(properties, key=lambda name: properties[name]["x-order"])

    assert " ".join(ordered) == "colour steps scale loud hint file tags password code size"


def test_only_what_has_no_default_is_required(schema):
    assert schema["required"] == ["file", "password"]


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("colour", {"type": "string", "enum": ["red", "green"], "default": "red"}),
        ("steps", {"type": "integer", "minimum": 1, "maximum": 10, "default": 5}),
        ("scale", {"type": "number", "minimum": 0.0, "maximum": 1.0, "default": 0.5}),
        ("loud", {"type": "boolean", "default": False}),
        ("hint", {"type": "string", "description": "May be left out"}),
        ("file", {"type": "string", "format": "uri"}),
        ("tags", {"type": "array", "items": {"type": "string"}, "default": ["a", "b"]}),
        ("password", {"format": "password", "writeOnly": True, "x-cog-secret": True}),
        ("code", {"pattern": "^[a-z]*$", "maxLength": 4}),
        ("size", {"type": "integer", "enum": [256, 512], "default": 256}),
    ],
)
def test_each_input_says_what_its_field_must_know(schema, name, facts):
    assert facts.items() <= schema["properties"][name].items()
    assert schema["properties"][name]["title"] == name.title()


def test_a_choice_that_refers_to_a_schema_of_its_own_keeps_it():
    choice = {"allOf": [{"$ref": "#/components/schemas/colour"}], "x-order": 0}
    schemas = {
        "Input": {"type": "object", "properties": {"colour": choice}},
        "colour": {"type": "string", "enum": ["red", "green"], "title": "colour"},
    }

    kept = described({"components": {"schemas": schemas}})["components"]["schemas"]

    assert schemas.items() <= kept.items()


def test_inputs_of_each_kind_reach_the_predictor(rivulet, form):
    file = upload(rivulet, "a note")
    rivulet.manage("upstream", "add", "cog", form, "--name", "form")
    input = {
        "colour": "green",
        "steps": 7,
        "scale": 0.25,
        "loud": True,
        "hint": "psst",
        "file": file["urls"]["get"],
        "tags": ["x", "y z"],
        "password": "open sesame",
        "code": "abc",
        "size": 512,
    }

    created = rivulet.post("/v1/predictions", {"version": "form/predictor", "input": input})
    ended = rivulet.ended(created.json()["id"])

    came = "['green', 7, 0.25, True, 'psst', ['x', 'y z'], 'abc', 512]"
    assert ended["error"] is None
    assert "".join(ended["output"]) == f"{came} a note open sesame **********"


def test_what_is_left_out_has_its_default(form, tmp_path):
    note = "data:text/plain;base64,aGk="

    heard = hear("cog", form, "predictor", {"file": note, "password": "p"})

    assert heard.error is None
    assert heard.text.startswith("['red', 5, 0.5, False, None, ['a', 'b'], '', 256] hi p")


@pytest.mark.parametrize(
    "wrong", [{"steps": 11}, {"colour": "blue"}, {"tags": "a"}, {"code": "ABC"}, {"size": 300}]
)
def test_what_does_not_fit_is_refused_before_it_runs(form, wrong):
    input = {"file": "data:,x", "password": "p"} | wrong

    error = hear("cog", form, "predictor", input).error

    assert error.message == "The model does not take this input."
    assert next(iter(wrong)) in error.detail
