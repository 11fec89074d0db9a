"""What a Cog worker loads in place of a predictor's file, so that its words stream.

Cog streams only where `.cog/openapi_schema.json` says so, and only `cog build` writes that file.
This module loads the predictor as it is, writes the schema from its signature, and hands it over.
It runs in Cog's worker and imports nothing of Rivulet. The worker looks for the schema in the
folder where it was started, after setup; the predictor works in its own folder all the while.
"""

import asyncio
import copy
import functools
import importlib.util
import inspect
import json
import os
import sys
import warnings
from pathlib import Path

import cog.input
from cog import _adt, _inspector

HOME = Path.cwd()
FILE, _, NAME = os.environ["RIVULET_COG_PREDICTOR"].rpartition(":")
FOLDER = Path(FILE).parent
SCHEMA = HOME / ".cog" / "openapi_schema.json"
LOOP = asyncio.new_event_loop()


def load() -> object:
    """The predictor, from its file and in its folder, as Cog itself would load it."""
    sys.path.insert(0, str(FOLDER))
    spec = importlib.util.spec_from_file_location(Path(FILE).stem, FILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return getattr(module, NAME)


def write_schema() -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            described = schema(_inspector.create_predictor(Path(FILE).stem, NAME))
    except (ImportError, RuntimeError, TypeError, ValueError) as error:
        print(f"No schema, so no event stream: {error}")  # noqa: T201 - Cog's setup log
        return
    SCHEMA.parent.mkdir(exist_ok=True)
    SCHEMA.write_text(json.dumps(described, default=str, indent=2))


def schema(info: _adt.PredictorInfo) -> dict:
    """The OpenAPI document of a predictor, in the form that `cog build` gives it."""
    inputs = sorted(info.inputs.values(), key=lambda field: field.order)
    described = {
        "type": "object",
        "title": "Input",
        "properties": {field.name: input_property(field) for field in inputs},
    }
    if required := [field.name for field in inputs if is_required(field)]:
        described["required"] = required
    iterators = {_adt.OutputKind.ITERATOR, _adt.OutputKind.CONCAT_ITERATOR}
    streams = {"x-cog-streaming": True} if info.output.kind in iterators else {}
    return {
        "openapi": "3.0.2",
        "info": {"title": "Cog", "version": "0.1.0"},
        "paths": {"/predictions": {"post": streams}},
        "components": {"schemas": {"Input": described, "Output": info.output.json_type()}},
    }


def input_property(field: _adt.InputField) -> dict:
    facts = {
        "description": field.description,
        "default": field.default,
        "minimum": field.ge,
        "maximum": field.le,
        "minLength": field.min_length,
        "maxLength": field.max_length,
        "pattern": field.regex,
        "enum": field.choices,
        "deprecated": field.deprecated,
    }
    return {
        **field.type.json_type(),
        "title": field.name.replace("_", " ").title(),
        "x-order": field.order,
        **{name: fact for name, fact in facts.items() if fact is not None},
    }


def is_required(field: _adt.InputField) -> bool:
    optional = {_adt.Repetition.OPTIONAL, _adt.Repetition.OPTIONAL_REPEATED}
    return field.default is None and field.type.repetition not in optional


def at_home_after(setup):
    """`setup`, run in the predictor's folder; then the worker finds the schema at home."""

    @functools.wraps(setup)
    def run(*args, **kwargs):
        os.chdir(FOLDER)
        try:
            return finished(setup(*args, **kwargs))
        finally:
            os.chdir(HOME)

    return run


def in_folder(predict):
    """`predict`, run in the predictor's folder.

    Cog gathers what an asynchronous generator yields and hands it on at its end, so that one is
    turned into a plain generator here: then its words stream too.
    """
    defaults = defaults_of(predict)

    def begin(*args, **kwargs):
        os.chdir(FOLDER)
        return predict(*args, **copy.deepcopy(defaults) | kwargs)

    @functools.wraps(predict)
    def run(*args, **kwargs):
        return finished(begin(*args, **kwargs))

    @functools.wraps(predict)
    def generate(*args, **kwargs):
        yield from begin(*args, **kwargs)

    @functools.wraps(predict)
    def generate_from_async(*args, **kwargs):
        items = begin(*args, **kwargs)
        try:
            while (item := LOOP.run_until_complete(anext(items, LOOP))) is not LOOP:
                yield item
        finally:
            LOOP.run_until_complete(items.aclose())

    # Cog would want an asynchronous function for this mark, and there is one run at a time here.
    for function in (run, generate, generate_from_async):
        function.__dict__.pop("__cog_concurrent_max__", None)
    if inspect.isasyncgenfunction(predict):
        return generate_from_async
    return generate if inspect.isgeneratorfunction(predict) else run


def defaults_of(predict) -> dict:
    """What is meant by `count: int = Input(default=5)`: Cog sees to it only in functions that it
    calls itself."""
    parameters = inspect.signature(predict).parameters.values()
    return {
        parameter.name: parameter.default.default
        for parameter in parameters
        if isinstance(parameter.default, cog.input.FieldInfo)
    }


def finished(result: object) -> object:
    """`result`, awaited where it is a coroutine."""
    return LOOP.run_until_complete(result) if inspect.iscoroutine(result) else result


def settled(predictor: object) -> object:
    """The predictor with its methods tied to its folder."""
    if not inspect.isclass(predictor):
        return in_folder(predictor)
    if hasattr(predictor, "setup"):
        predictor.setup = at_home_after(predictor.setup)
    # BaseRunner has a run of its own: the predictor's is the one that its classes define.
    for name in ("run", "predict"):
        if any(
            name in base.__dict__
            for base in predictor.__mro__
            if base.__module__ != "cog.predictor"
        ):
            setattr(predictor, name, in_folder(getattr(predictor, name)))
    return predictor


os.chdir(FOLDER)
SCHEMA.unlink(missing_ok=True)
Runner = load()
write_schema()
Runner = settled(Runner)
os.chdir(HOME)
