"""Anthropic's Messages API, or a server that speaks it.

https://docs.anthropic.com/en/api/messages-streaming
"""

import contextlib
from collections.abc import AsyncGenerator, Iterable

from predictions.sse import ServerEvent

from . import chat, http
from .base import (
    FoundModel,
    Interrupted,
    Logs,
    Output,
    Piece,
    Upstream,
    UpstreamError,
    Usage,
    Waiting,
)
from .chat_schema import chat_schema

API_VERSION = "2023-06-01"
MAX_TOKENS = 4096
MAX_PAGES = 20
OPTIONS = ("max_tokens", "temperature", "top_p", "top_k", "stop", "thinking")
SCHEMA = chat_schema(
    *OPTIONS,
    max_tokens={"default": MAX_TOKENS},
    temperature={"maximum": 1},
)
# What the errors of https://docs.anthropic.com/en/api/errors mean inside a 200.
BUSY_ERRORS = {"overloaded_error", "rate_limit_error"}
PASSING_ERRORS = {"api_error", "timeout_error"}
INPUT_COUNTS = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
OPENING = {"role": "user", "content": "Hello."}  # a conversation must begin with the user


class Anthropic(Upstream):
    kind = "anthropic"
    default_url = "https://api.anthropic.com"

    async def run(self, model: str, input: dict, *, prediction_id: str) -> AsyncGenerator[Piece]:
        async with contextlib.AsyncExitStack() as stack:
            response = await self._answer(stack, request(model, input))
            match chat.content_type(response):
                case "json":
                    words = _whole(await chat.whole(response))
                case "page":
                    raise chat.page()
                case _:
                    words = _streamed(http.events(response))
            async with contextlib.aclosing(words):
                async for word in words:
                    yield word

    async def models(self) -> list[FoundModel]:
        found, last = [], ""
        for _ in range(MAX_PAGES):
            page = await self._page(last)
            found += [_model(row) for row in page["data"] if chat.text_of(row, "id")]
            last = chat.text_of(page, "last_id")
            if not (page.get("has_more") and last):
                break
        return found

    async def model_named(self, name: str) -> list[FoundModel]:
        return [FoundModel(name, SCHEMA)]

    def url(self, path: str) -> str:
        """Its base URL is known with and without its /v1."""
        return f"{self.base_url.rstrip('/').removesuffix('/v1')}/v1/{path}"

    def key_headers(self, key: str) -> dict[str, str]:
        return {"x-api-key": key}

    def sent_headers(self) -> dict[str, str]:
        sent = super().sent_headers()
        has_version = "anthropic-version" in map(str.lower, sent)
        return sent if has_version else {"anthropic-version": API_VERSION, **sent}

    async def _page(self, after: str) -> dict:
        query = f"?limit=100&after_id={after}" if after else "?limit=100"
        page = await http.fetch_json("GET", self.url(f"models{query}"), headers=self.sent_headers())
        if not isinstance(page, dict) or not isinstance(page.get("data"), list):
            raise UpstreamError("The server's list of models cannot be understood.")
        return page

    async def _answer(self, stack: contextlib.AsyncExitStack, payload: dict):
        """The response; asked again where a newer model wants to choose how much it thinks."""
        while True:
            try:
                return await stack.enter_async_context(
                    http.stream(
                        "POST", self.url("messages"), json=payload, headers=self.sent_headers()
                    )
                )
            except http.Refused as error:
                if error.status == 400 and _give_way(payload, error.detail):
                    continue
                raise _explained(error, payload) from error


def request(model: str, input: dict) -> dict:
    """The request's body for a validated `input`. Raises UpstreamError where it says nothing, or
    leaves no tokens for the answer."""
    said = chat.turns(input)
    system = "\n\n".join(turn["content"] for turn in said if turn["role"] == "system")
    options = chat.chosen(input, OPTIONS)
    if "stop" in options:
        options["stop_sequences"] = options.pop("stop")
    budget = options.pop("thinking", 0)
    options.setdefault("max_tokens", MAX_TOKENS + budget)
    if budget >= options["max_tokens"]:
        raise UpstreamError("Max tokens must be more than the thinking budget.")
    return {
        "model": model,
        "messages": alternating(turn for turn in said if turn["role"] != "system"),
        "stream": True,
        **({"system": system} if system.strip() else {}),
        **({"thinking": {"type": "enabled", "budget_tokens": budget}} if budget else {}),
        **options,
    }


def alternating(turns: Iterable[dict]) -> list[dict]:
    """The turns as the API takes them: none empty, the user first, and no role twice in a row.
    Raises UpstreamError where none is left."""
    messages: list[dict] = []
    for turn in turns:
        if not turn["content"].strip():
            continue
        if messages and messages[-1]["role"] == turn["role"]:
            text = f"{messages[-1]['content']}\n\n{turn['content']}"
            messages[-1] = {"role": turn["role"], "content": text}
        else:
            messages.append({"role": turn["role"], "content": turn["content"]})
    if not messages:
        raise UpstreamError("The input needs a prompt or messages.")
    if messages[0]["role"] == "assistant":
        messages.insert(0, OPENING)
    if messages[-1]["role"] == "assistant":  # an answer to go on with must not end in white space
        messages[-1]["content"] = messages[-1]["content"].rstrip()
    return messages


def _give_way(payload: dict, complaint: str) -> bool:
    thinking = payload.get("thinking") or {}
    if thinking.get("type") == "enabled" and "adaptive" in complaint:
        payload["thinking"] = {"type": "adaptive", "display": "summarized"}
        return True
    return False


def _explained(error: http.Refused, payload: dict) -> http.Refused:
    if error.status == 529:
        error.message = chat.BUSY
    elif error.status == 400 and "credit balance" in error.detail:
        error.message = "The model's server asks for payment first."
    else:
        chat.explain(error, [name for name in (*OPTIONS, "stop_sequences") if name in payload])
    return error


def _model(row: dict) -> FoundModel:
    return FoundModel(row["id"], SCHEMA, description=chat.text_of(row, "display_name"))


async def _streamed(events: AsyncGenerator[ServerEvent]) -> AsyncGenerator[Piece]:
    reader = _Reader()
    try:
        async with contextlib.aclosing(events):
            async for event in events:
                for word in reader.read(chat.parsed(event.data)):
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
                self._count(chat.object_of(event, "message"))
            case "content_block_start":
                return self._block(chat.object_of(event, "content_block"))
            case "content_block_delta":
                return self._spoken(chat.object_of(event, "delta"))
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
        for name, count in chat.object_of(facts, "usage").items():
            if type(count) is int:
                self._counts[name] = max(count, self._counts.get(name, 0))


async def _whole(answer: dict) -> AsyncGenerator[Piece]:
    """The words of a server that does not stream."""
    if answer.get("type") == "error" or answer.get("error"):
        raise _failure(answer)
    blocks = answer.get("content")
    if not isinstance(blocks, list):
        raise UpstreamError("The model's server gave no answer.", detail=str(answer)[:1000])
    for block in blocks:
        for word in _words(block):
            yield word
    if usage := _usage(chat.object_of(answer, "usage")):
        yield usage


def _words(facts: object) -> list[Output | Logs]:
    """What a block or its delta says. (A signature, a citation and a tool's input say nothing.)"""
    words = [Logs(chat.text_of(facts, "thinking")), Output(chat.text_of(facts, "text"))]
    return [word for word in words if word.text]


def _usage(counts: dict) -> Usage | None:
    read = [counts[name] for name in INPUT_COUNTS if type(counts.get(name)) is int]
    written = counts.get("output_tokens")
    return Usage(sum(read) if read else None, written) if read or written is not None else None


def _failure(answer: dict) -> UpstreamError:
    error = answer.get("error") or answer
    kind = chat.text_of(error, "type")
    return chat.failure(error, is_busy=kind in BUSY_ERRORS, retryable=kind in PASSING_ERRORS)
