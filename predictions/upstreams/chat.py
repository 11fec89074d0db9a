"""What the chat protocols have in common: what is said to the model, and how an answer fails."""

import contextlib
import json
import re
from collections.abc import AsyncGenerator, Callable, Iterable

from django.utils.text import get_text_list
from jsonschema import Draft202012Validator

from . import any_json, http
from .base import DETAIL_BYTES, Interrupted, Piece, Unreadable, UpstreamError
from .chat_schema import OPTIONS

Reader = Callable[..., AsyncGenerator[Piece]]

BUSY = "The model's server is busy. Try again in a moment."
TOO_LONG = "The conversation is too long for this model."
IS_TOO_LONG = re.compile(
    r"context_length_exceeded|exceed_context_size|(maximum|available) context (length|size)|"
    r"prompt is too long|exceeds? (the|its) context|input is too long",
    re.IGNORECASE,
)


def messages(input: dict) -> list[dict]:
    """The messages of a validated `input`: the system prompt, the conversation, the prompt. They
    may have images (see chat_images). Raises UpstreamError where it says nothing to the model."""
    given = input.get("messages") or []
    said = [*given] if isinstance(given, list) else [given]
    if system := input.get("system_prompt"):
        said.insert(0, {"role": "system", "content": system})
    if prompt := input.get("prompt"):
        said.append({"role": "user", "content": prompt})
    # A fallback gets what another model takes, which may have other things under these names.
    if not all(
        any_json.text_of(each, "role") and isinstance(each.get("content"), str) for each in said
    ):
        raise UpstreamError("The model does not take this input.")
    if not any(message["role"] != "system" for message in said):
        raise UpstreamError("The input needs a prompt or messages.")
    return said


def chosen(input: dict, options: Iterable[str]) -> dict:
    """Those of the options that the input gives; not those that mean something else to the model
    for which this is a fallback."""
    return {
        name: input[name]
        for name in options
        if input.get(name) is not None and Draft202012Validator(OPTIONS[name]).is_valid(input[name])
    }


def explain(error: http.Refused, options: Iterable[str]) -> None:
    """Make the sentence of a refused request more exact, where the server says what is wrong.
    `options` are those that the request had."""
    if error.status not in {400, 413, 422}:
        return
    named = [name for name in options if re.search(rf"""['"`]{name}\\?['"`]""", error.detail)]
    if IS_TOO_LONG.search(error.detail):
        error.message = TOO_LONG
    elif 0 < len(named) <= 2:  # a server that repeats the whole request names them all
        error.message = f"This model does not accept the given {get_text_list(named, 'and')}."


async def said(response, streamed: Reader, whole: Reader) -> AsyncGenerator[Piece]:
    """What an answer says: the event stream as `streamed` reads it, or the object of a server that
    does not stream as `whole` does. Raises UpstreamError."""
    kind = http.media_type(response)
    refuse_page(response)
    if kind == "application/json" or kind.endswith("+json"):
        pieces = whole(await _object(response))
    else:  # servers name their streams variously
        pieces = streamed(http.events(response))
    async with contextlib.aclosing(pieces):
        async for piece in pieces:
            yield piece


def refuse_page(response) -> None:
    """Raises Unreadable where the answer is a page for people."""
    if http.media_type(response) == "text/html":
        raise Unreadable(is_page=True)


async def _object(response) -> dict:
    """Raises Unreadable, and Interrupted where the object has no end."""
    text = (await http.read(response)).decode(errors="replace").strip()
    if text[:1] == "{" and text[-1:] != "}":
        raise Interrupted(f"Half an object: {text[:1000]}")
    return any_json.read_object(text)


def failure(error: object, *, is_busy: bool = False, retryable: bool = False) -> UpstreamError:
    """An error that came inside an answer whose HTTP status was a success."""
    return UpstreamError(
        BUSY if is_busy else "The model's server reported an error.",
        retryable=retryable or is_busy,
        detail=json.dumps(error)[:DETAIL_BYTES],
    )
