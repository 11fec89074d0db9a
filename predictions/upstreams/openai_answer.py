"""What an answer of an OpenAI-compatible server says, as an event stream or whole.

Servers differ: some send no `[DONE]`, some no token counts, some put thoughts beside the answer.
Thoughts that a server leaves inside the answer, as <think>…</think>, stay there: the same tags may
be what the model was asked to write.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator

from predictions.sse import ServerEvent

from . import any_json, chat
from .base import Interrupted, Logs, Output, UpstreamError, Usage

DONE = "[DONE]"
USAGE_SECONDS = 2  # how long we wait, after the last word, for the token counts
IS_BUSY = re.compile(r"\b(429|503|529)\b|overload|rate[ _-]?limit|too[ _-]many", re.IGNORECASE)
MAY_PASS = re.compile(
    r"^5\d\d$|(server|api)_?error|internal|unavailable|time_?d?_?out", re.IGNORECASE
)


async def streamed(events: AsyncGenerator[ServerEvent]) -> AsyncGenerator[Output | Logs | Usage]:
    """What an event stream says. Raises UpstreamError, Interrupted where it breaks off."""
    reader = _Reader()
    async with contextlib.aclosing(events):
        async for event in events:
            for word in reader.read(event):
                yield word
            if reader.has_ended:
                break
        if not reader.has_ended:
            raise Interrupted("The body ended without finish_reason or [DONE].")
        if not reader.is_done:
            await _wait_for_usage(reader, events)
    if reader.usage:
        yield reader.usage


async def _wait_for_usage(reader: "_Reader", events: AsyncGenerator[ServerEvent]) -> None:
    """The answer is whole: whatever goes wrong now costs only the token counts."""
    with contextlib.suppress(UpstreamError, TimeoutError):
        async with asyncio.timeout(USAGE_SECONDS):
            async for event in events:
                reader.read(event)
                if reader.is_done:
                    return


class _Reader:
    """What a stream has said so far: whether it has ended, and the token counts."""

    def __init__(self) -> None:
        self.usage: Usage | None = None
        self.has_ended = False
        self.is_done = False

    def read(self, event: ServerEvent) -> list[Output | Logs]:
        if event.data.strip() == DONE:
            self.has_ended = self.is_done = True
            return []
        chunk = _chunk(event)
        self.usage = _usage(chunk) or self.usage
        choice = _choice(chunk)
        self.has_ended = self.has_ended or bool(choice.get("finish_reason"))
        return _words(any_json.object_of(choice, "delta"))


async def whole(answer: dict) -> AsyncGenerator[Output | Logs | Usage]:
    """The words of a server that does not stream."""
    _check(answer)
    message = _choice(answer).get("message")
    if not isinstance(message, dict):
        raise UpstreamError("The model's server gave no answer.", detail=str(answer)[:1000])
    for word in _words(message):
        yield word
    if usage := _usage(answer):
        yield usage


def _chunk(event: ServerEvent) -> dict:
    """The event's object. Raises UpstreamError where it is none, or is an error."""
    try:
        chunk = any_json.read_object(event.data)
    except UpstreamError:
        if event.event == "error":
            raise _failure(event.data) from None
        raise
    if event.event == "error":
        raise _failure(chunk.get("error") or chunk)
    _check(chunk)
    return chunk


def _check(chunk: dict) -> None:
    """Raises UpstreamError where the server says that it failed, in any of the ways it may."""
    if error := chunk.get("error"):
        raise _failure(error)
    if chunk.get("object") == "error":
        raise _failure(chunk)
    choice = _choice(chunk)
    if choice.get("finish_reason") == "error":
        raise _failure(choice.get("error") or choice)


def _failure(error: object) -> UpstreamError:
    facts = error if isinstance(error, dict) else {"type": error}
    kinds = [str(facts.get(name) or "") for name in ("type", "code", "status")]
    return chat.failure(
        error,
        is_busy=any(map(IS_BUSY.search, kinds)),
        retryable=any(map(MAY_PASS.search, kinds)),
    )


def _choice(chunk: dict) -> dict:
    """The one answer that we asked for: a server may send others beside it."""
    choices = chunk.get("choices")
    objects = (
        [each for each in choices if isinstance(each, dict)] if isinstance(choices, list) else []
    )
    return next((each for each in objects if not each.get("index")), {})


def _words(message: dict) -> list[Output | Logs]:
    """What a message or its delta says, thoughts first, as servers send them."""
    words: list[Output | Logs] = []
    thought = any_json.text_of(message, "reasoning_content")
    if thought := thought or any_json.text_of(message, "reasoning"):
        words.append(Logs(thought))
    content = message.get("content") or message.get("refusal")
    if isinstance(content, list):
        words.extend(word for part in content if (word := _part(part)).text)
    elif isinstance(content, str):
        words.append(Output(content))
    return words


def _part(part: object) -> Output | Logs:
    """A part of a `content` that is a list, as Mistral's is: of text, or of thoughts in parts."""
    thoughts = part.get("thinking") if isinstance(part, dict) else None
    if isinstance(thoughts, list):
        return Logs("".join(any_json.text_of(thought, "text") for thought in thoughts))
    if isinstance(thoughts, str):
        return Logs(thoughts)
    return Output(any_json.text_of(part, "text"))


def _usage(chunk: dict) -> Usage | None:
    counts = chunk.get("usage")
    if not isinstance(counts, dict):
        return None
    return Usage(counts.get("prompt_tokens"), counts.get("completion_tokens"))
