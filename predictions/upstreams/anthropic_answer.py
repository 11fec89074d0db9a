"""What an answer of Anthropic's Messages API says, as an event stream or whole.

https://docs.anthropic.com/en/api/messages-streaming
"""

import contextlib
from collections.abc import AsyncGenerator

from predictions.sse import ServerEvent

from . import any_json, chat
from .base import Interrupted, Logs, Output, Piece, UpstreamError, Usage, Waiting

# What the errors of https://docs.anthropic.com/en/api/errors mean inside a 200.
BUSY_ERRORS = {"overloaded_error", "rate_limit_error"}
PASSING_ERRORS = {"api_error", "timeout_error"}
INPUT_COUNTS = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")


async def streamed(events: AsyncGenerator[ServerEvent]) -> AsyncGenerator[Piece]:
    """What an event stream says. Raises UpstreamError, Interrupted where it breaks off."""
    reader = _Reader()
    try:
        async with contextlib.aclosing(events):
            async for event in events:
                for word in reader.read(any_json.read_object(event.data)):
                    yield word
                if reader.has_ended:
                    break
            else:
                raise Interrupted("The body ended without message_stop.")
    except UpstreamError:
        if reader.usage:  # what a broken answer has cost is known from its beginning
            yield reader.usage
        raise
    if reader.usage:
        yield reader.usage


class _Reader:
    """What a stream has said so far: whether it has begun and ended, and the token counts."""

    def __init__(self) -> None:
        self.has_ended = False
        self._has_begun = False
        self._counts: dict[str, int] = {}

    @property
    def usage(self) -> Usage | None:
        return _usage(self._counts)

    def read(self, event: dict) -> list[Piece]:
        match event.get("type"):
            case "message_start":
                self._count(any_json.object_of(event, "message"))
            case "content_block_start":
                return self._block(any_json.object_of(event, "content_block"))
            case "content_block_delta":
                return self._spoken(any_json.object_of(event, "delta"))
            case "message_delta":
                self._count(event)
            case "message_stop":
                self.has_ended = True
            case "error":
                raise _failure(event)
        return []

    def _block(self, block: dict) -> list[Piece]:
        """A block begins, usually without words. Thoughts may be kept from us: we say that."""
        words = self._spoken(block)
        is_thinking = block.get("type") in {"thinking", "redacted_thinking"}
        if is_thinking and not self._has_begun:
            return [Waiting("The model is thinking.")]
        return words

    def _spoken(self, facts: dict) -> list[Piece]:
        words = _words(facts)
        self._has_begun = self._has_begun or bool(words)
        return words

    def _count(self, facts: dict) -> None:
        """Counts are totals so far: some servers tell them only at the end, some only at first."""
        for name, count in any_json.object_of(facts, "usage").items():
            if type(count) is int:
                self._counts[name] = max(count, self._counts.get(name, 0))


async def whole(answer: dict) -> AsyncGenerator[Piece]:
    """The words of a server that does not stream."""
    if answer.get("type") == "error" or answer.get("error"):
        raise _failure(answer)
    blocks = answer.get("content")
    if not isinstance(blocks, list):
        raise UpstreamError("The model's server gave no answer.", detail=str(answer)[:1000])
    for block in blocks:
        for word in _words(block):
            yield word
    if usage := _usage(any_json.object_of(answer, "usage")):
        yield usage


def _words(facts: object) -> list[Output | Logs]:
    """What a block or its delta says. (A signature, a citation and a tool's input say nothing.)"""
    words = [Logs(any_json.text_of(facts, "thinking")), Output(any_json.text_of(facts, "text"))]
    return [word for word in words if word.text]


def _usage(counts: dict) -> Usage | None:
    read = [counts[name] for name in INPUT_COUNTS if type(counts.get(name)) is int]
    written = counts.get("output_tokens")
    return Usage(sum(read) if read else None, written) if read or written is not None else None


def _failure(answer: dict) -> UpstreamError:
    error = answer.get("error") or answer
    kind = any_json.text_of(error, "type")
    return chat.failure(error, is_busy=kind in BUSY_ERRORS, retryable=kind in PASSING_ERRORS)
