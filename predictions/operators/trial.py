"""A trial of an upstream: one short question, and a sentence about how it went.

Nothing is kept: the answer is no prediction. The command and the admin share it.
"""

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass, field

from asgiref.sync import async_to_sync

from predictions.inputs import InvalidInput, clean_input
from predictions.models import Upstream, Version
from predictions.models.predictions import new_prediction_id
from predictions.upstreams import FoundModel, Logs, Output, UpstreamError, Waiting
from predictions.upstreams.http import Refused

from . import faults
from .listing import count, is_final, some

PROMPT = "Say hello."
SECONDS = 30.0
ENOUGH_WORDS = 40
PROMPTS = ("prompt", "text", "input", "message", "query")  # where a model without `prompt` has it


@dataclass(frozen=True)
class Trial:
    is_good: bool
    sentence: str


@dataclass
class Heard:
    """An answer so far; times are seconds from the question."""

    model: str
    asked_at: float = field(default_factory=time.monotonic)
    first: float | None = None
    last: float = 0.0
    text: str = ""
    waiting_for: str = ""
    has_logs: bool = False
    is_whole: bool = True

    def take(self, piece: object) -> None:
        match piece:
            case Output(text):
                self.last = time.monotonic() - self.asked_at
                self.first = self.last if self.first is None else self.first
                self.text += text
            case Logs():
                self.has_logs = True
            case Waiting(reason):
                self.waiting_for = reason

    @property
    def words(self) -> int:
        return len(self.text.split())


@dataclass(frozen=True)
class Subject:
    """What is asked: the model's name at the upstream, and the schema of what it takes."""

    name: str
    schema: dict


def try_out(upstream: Upstream, model: str = "", seconds: float = SECONDS) -> Trial:
    """Ask `upstream` for some words, of `model` (owner/name, or its name there) or else of the
    first that is known, for at most `seconds`."""
    if sentence := faults.of_its_key(upstream):
        return Trial(False, sentence)
    tried = async_to_sync(_try_out)(upstream, model, _version(upstream, model), seconds)
    return Trial(tried.is_good, faults.plain(tried.sentence))


def _version(upstream: Upstream, name: str) -> Version | None:
    versions = upstream.versions.select_related("model", "base").order_by("created_at", "id")
    if not name:
        return versions.first()
    owner, _, short = name.partition("/")
    listed = versions.filter(model__owner=owner, model__name=short).last()
    return listed or versions.filter(upstream_model=name).last()


async def _try_out(
    upstream: Upstream, model: str, version: Version | None, seconds: float
) -> Trial:
    listed: list[FoundModel] | None = None
    try:
        listed, error = await _listed(upstream, seconds)
        if error and (is_final(error) or not (model or version)):
            raise error
        async with asyncio.timeout(seconds):
            subject = await _subject(upstream, model, version, listed or [])
        if subject is None:
            return Trial(False, f"{upstream.name}: it lists no model: name one to ask.")
        heard = await _ask(upstream, subject, seconds)
    except InvalidInput as error:
        return Trial(False, f"{upstream.name}: the model takes more than a prompt: {error}.")
    except TimeoutError:
        return Trial(False, f"{upstream.name}: it did not tell of {model} within {seconds:g} s.")
    except UpstreamError as error:
        name = model or (version.upstream_model if version else "")
        return Trial(False, await _explain(upstream, error, name, listed))
    return _verdict(upstream, heard, listed, seconds)


async def _listed(
    upstream: Upstream, seconds: float
) -> tuple[list[FoundModel] | None, UpstreamError | None]:
    try:
        async with asyncio.timeout(seconds):
            return await upstream.open().models(), None
    except UpstreamError as error:
        return None, error
    except TimeoutError:
        return None, UpstreamError(f"It did not list its models within {seconds:g} s.")


async def _subject(
    upstream: Upstream, model: str, version: Version | None, listed: list[FoundModel]
) -> Subject | None:
    if version:
        return Subject(version.upstream_model, version.schema)
    found = [each for each in listed if model in {"", each.name}]
    if model and not found:
        found = await upstream.open().model_named(model)
    return Subject(found[0].name, found[0].openapi_schema) if found else None


async def _ask(upstream: Upstream, subject: Subject, seconds: float) -> Heard:
    """The answer, or as much of it as is enough."""
    heard = Heard(subject.name)
    answer = upstream.open().run(
        subject.name, question(subject.schema), prediction_id=new_prediction_id()
    )
    try:
        async with asyncio.timeout(seconds), aclosing(answer):
            async for piece in answer:
                heard.take(piece)
                if heard.words >= ENOUGH_WORDS:
                    heard.is_whole = False
                    break
    except TimeoutError:
        heard.is_whole = False
    return heard


def question(schema: dict) -> dict:
    """The prompt, where the schema has a place for it. Raises InvalidInput."""
    wanted = schema["components"]["schemas"]["Input"]
    properties = wanted.get("properties", {})
    if "messages" in properties:
        asked = {"messages": [{"role": "user", "content": PROMPT}]}
    else:
        named = (name for name in (*PROMPTS, *wanted.get("required", ())) if name in properties)
        is_open = wanted.get("additionalProperties") is True
        name = next(named, "prompt" if is_open else None)
        asked = {name: PROMPT} if name else {}
    return clean_input(wanted, schema["components"], asked)


async def _explain(
    upstream: Upstream, error: UpstreamError, model: str, listed: list[FoundModel] | None
) -> str:
    names = [each.name for each in listed or []]
    is_missing = isinstance(error, Refused) and error.status in {400, 404, 422}
    if is_missing and names and model not in names:
        return f"{upstream.name}: there is no model {model}: it has {some(names)}."
    if isinstance(error, Refused) and error.status == 404 and listed is not None:
        return f"{upstream.name}: it has no model {model} (any more)."
    return await faults.explain(upstream, error)


def _verdict(
    upstream: Upstream, heard: Heard, listed: list[FoundModel] | None, seconds: float
) -> Trial:
    name, model = upstream.name, f"model {heard.model}"
    if heard.first is None and heard.is_whole:
        return Trial(False, f"{name}: the answer ended well, but without a word ({model}).")
    if heard.first is None:
        why = heard.waiting_for or ("It was still thinking." if heard.has_logs else "")
        silent = f"{name}: no word came within {seconds:g} s ({model})"
        return Trial(False, f"{silent}: {why}" if why else f"{silent}.")
    if not heard.is_whole and heard.words < ENOUGH_WORDS:
        return Trial(
            False,
            f"{name}: the answer had no end within {seconds:g} s: "
            f"first word after {heard.first:.2f} s, {heard.words} words ({model}).",
        )
    is_keyless = upstream.key_env and not upstream.key
    notes = [
        f"first word after {heard.first:.2f} s",
        f"{heard.words} words in {heard.last:.1f} s" + ("" if heard.is_whole else ", then left"),
        f"{count(listed)} listed" if listed is not None else "it lists no models",
        *([f"{upstream.key_env} is not set, so it was asked without a key"] if is_keyless else []),
    ]
    return Trial(True, f"{name} answers: {', '.join(notes)} ({model}).")
