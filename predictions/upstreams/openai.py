"""A server with OpenAI's chat API, by its base URL: OpenAI, vLLM, llama.cpp, LM Studio, ...

https://platform.openai.com/docs/api-reference/chat
Servers differ: some send no `[DONE]`, some no token counts, some put thoughts beside the answer.
Thoughts that a server leaves inside the answer, as <think>…</think>, stay there: the same tags may
be what the model was asked to write.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator

from predictions.sse import ServerEvent

from . import chat, http
from .base import FoundModel, Interrupted, Logs, Output, Upstream, UpstreamError, Usage
from .chat_schema import chat_schema

DONE = "[DONE]"
USAGE_SECONDS = 2  # how long we wait, after the last word, for the token counts
OPTIONS = ("max_tokens", "temperature", "top_p", "seed", "stop")
SCHEMA = chat_schema(*OPTIONS)
CANNOT_CHAT = re.compile(
    r"embed|whisper|transcri|\btts\b|-tts|dall-e|moderation|rerank|stable-diffusion|sdxl|flux|"
    r"gpt-image|sora|-realtime|-audio|guard|davinci-002|babbage-002|\bbge\b|bge-|computer-use",
    re.IGNORECASE,
)
IS_BUSY = re.compile(r"\b(429|503|529)\b|overload|rate[ _-]?limit|too[ _-]many", re.IGNORECASE)
MAY_PASS = re.compile(
    r"^5\d\d$|(server|api)_?error|internal|unavailable|time_?d?_?out", re.IGNORECASE
)


class OpenAI(Upstream):
    kind = "openai"

    async def run(
        self, model: str, input: dict, *, prediction_id: str
    ) -> AsyncGenerator[Output | Logs | Usage]:
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
        found = await http.fetch_json("GET", self.url("models"), headers=self.sent_headers())
        names = [name for name in model_names(found) if not CANNOT_CHAT.search(name)]
        return [FoundModel(name, SCHEMA) for name in names]

    async def model_named(self, name: str) -> list[FoundModel]:
        return [FoundModel(name, SCHEMA)]

    async def _answer(self, stack: contextlib.AsyncExitStack, payload: dict):
        """The response, after leaving out what an older or stricter server does not take."""
        url = self.url("chat/completions")
        while True:
            try:
                return await stack.enter_async_context(
                    http.stream("POST", url, json=payload, headers=self.sent_headers())
                )
            except http.Refused as error:
                if error.status not in {400, 422} or not _give_way(payload, error.detail):
                    chat.explain(error, [name for name in OPTIONS if name in payload])
                    raise


def model_names(found: object) -> list[str]:
    """The names in an answer of GET /models. Raises UpstreamError where it is something else."""
    rows = found.get("data") if isinstance(found, dict) else found
    if not isinstance(rows, list):
        raise UpstreamError("The server's list of models cannot be understood.")
    return [name for row in rows if (name := chat.text_of(row, "id"))]


def request(model: str, input: dict) -> dict:
    """The request's body for a validated `input`. Raises UpstreamError where it says nothing."""
    return {
        "model": model,
        "messages": chat.messages(input),
        "stream": True,
        "stream_options": {"include_usage": True},
        **chat.chosen(input, OPTIONS),
    }


def _give_way(payload: dict, complaint: str) -> bool:
    """Change what the server complains of, where we can: each only once."""
    if "max_completion_tokens" in complaint and "max_tokens" in payload:
        payload["max_completion_tokens"] = payload.pop("max_tokens")
        return True
    if "stream_options" in complaint or "include_usage" in complaint:
        return payload.pop("stream_options", None) is not None
    return False


async def _streamed(events: AsyncGenerator[ServerEvent]) -> AsyncGenerator[Output | Logs | Usage]:
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
        return _words(chat.object_of(choice, "delta"))


async def _whole(answer: dict) -> AsyncGenerator[Output | Logs | Usage]:
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
        chunk = chat.parsed(event.data)
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
    thought = chat.text_of(message, "reasoning_content") or chat.text_of(message, "reasoning")
    if thought:
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
        return Logs("".join(chat.text_of(thought, "text") for thought in thoughts))
    if isinstance(thoughts, str):
        return Logs(thoughts)
    return Output(chat.text_of(part, "text"))


def _usage(chunk: dict) -> Usage | None:
    counts = chunk.get("usage")
    if not isinstance(counts, dict):
        return None
    return Usage(counts.get("prompt_tokens"), counts.get("completion_tokens"))
