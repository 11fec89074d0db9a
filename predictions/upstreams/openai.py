"""OpenAI-compatible servers: `/chat/completions`, streamed.

https://platform.openai.com/docs/api-reference/chat-streaming; what servers really send is in the
tests' server. The end marker is a finish_reason or `[DONE]`.
"""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncGenerator

from predictions.sse import ServerEvent

from . import http
from .base import FoundModel, Interrupted, Logs, Output, Upstream, UpstreamError, Usage
from .openai_schema import SCHEMA

DONE = "[DONE]"
USAGE_SECONDS = 2  # how long we wait, after the last word, for the token counts
OPTIONS = ("max_tokens", "temperature", "top_p", "seed", "stop")
CANNOT_CHAT = re.compile(
    r"embed|whisper|transcri|\btts\b|-tts|dall-e|moderation|rerank|stable-diffusion|sdxl|flux|"
    r"gpt-image|sora|-realtime|-audio|guard|davinci-002|babbage-002|\bbge\b|bge-|computer-use",
    re.IGNORECASE,
)


class OpenAI(Upstream):
    kind = "openai"

    async def run(
        self, model: str, input: dict, *, prediction_id: str
    ) -> AsyncGenerator[Output | Logs | Usage]:
        async with contextlib.AsyncExitStack() as stack:
            response = await self._answer(stack, request(model, input))
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind == "application/json":
                words = _whole(await http.read(response))
            elif kind == "text/html":
                raise UpstreamError("The model's server answered with a web page.")
            else:
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
                if "context_length_exceeded" in error.detail:
                    error.message = "The conversation is too long for this model."
                if error.status not in {400, 422} or not _give_way(payload, error.detail):
                    raise


def model_names(found: object) -> list[str]:
    """The names in an answer of GET /models. Raises UpstreamError where it is something else."""
    rows = found.get("data") if isinstance(found, dict) else None
    if not isinstance(rows, list):
        raise UpstreamError("The server's list of models cannot be understood.")
    return [row["id"] for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)]


def request(model: str, input: dict) -> dict:
    """The request's body for a validated `input`. Raises UpstreamError where it says nothing."""
    messages = list(input.get("messages") or [])
    if system := input.get("system_prompt"):
        messages.insert(0, {"role": "system", "content": system})
    if prompt := input.get("prompt"):
        messages.append({"role": "user", "content": prompt})
    if not any(message["role"] != "system" for message in messages):
        raise UpstreamError("The input needs a prompt or messages.")
    options = {name: input[name] for name in OPTIONS if input.get(name) is not None}
    return {
        "model": model,
        "messages": messages,
        "stream": True,
        "stream_options": {"include_usage": True},
        **options,
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
        chunk = _parsed(event)
        if usage := _usage(chunk):
            self.usage = usage
        choice = next(iter(chunk.get("choices") or []), None)
        if not isinstance(choice, dict):
            return []
        self.has_ended = self.has_ended or bool(choice.get("finish_reason"))
        return self._words(choice.get("delta") or {})

    def _words(self, delta: dict) -> list[Output | Logs]:
        thought = delta.get("reasoning_content") or delta.get("reasoning")
        text = _text(delta.get("content")) or _text(delta.get("refusal"))
        words: list[Output | Logs] = []
        if isinstance(thought, str) and thought:
            words.append(Logs(thought))
        if text:
            words.append(Output(text))
        return words


async def _whole(content: bytes) -> AsyncGenerator[Output | Logs | Usage]:
    """The words of a server that does not stream: one JSON object."""
    chunk = _parsed(ServerEvent("message", content.decode(errors="replace"), ""))
    choice = next(iter(chunk.get("choices") or []), None)
    if not isinstance(choice, dict) or not isinstance(choice.get("message"), dict):
        raise UpstreamError("The model's server gave no answer.", detail=str(chunk)[:1000])
    message = choice["message"]
    thought = message.get("reasoning_content") or message.get("reasoning")
    if isinstance(thought, str) and thought:
        yield Logs(thought)
    if text := _text(message.get("content")) or _text(message.get("refusal")):
        yield Output(text)
    if usage := _usage(chunk):
        yield usage


def _parsed(event: ServerEvent) -> dict:
    try:
        chunk = json.loads(event.data)
    except ValueError:
        chunk = None
    if not isinstance(chunk, dict):
        raise UpstreamError(
            "The model's server sent something that cannot be understood.",
            detail=event.data[: http.DETAIL_BYTES],
        )
    error = chunk.get("error") or (chunk if chunk.get("object") == "error" else None)
    if error or event.event == "error":
        raise _failure(error or chunk)
    return chunk


def _failure(error: object) -> UpstreamError:
    """An error that came inside a stream that had begun well."""
    facts = error if isinstance(error, dict) else {}
    code = str(facts.get("code") or facts.get("status") or "")
    words = f"{facts.get('type')} {code}".lower()
    return UpstreamError(
        "The model's server reported an error.",
        retryable=code == "429" or code.startswith("5") or "overload" in words or "rate" in words,
        detail=json.dumps(error)[: http.DETAIL_BYTES],
    )


def _text(content: object) -> str:
    """The text of a `content`: a string, nothing, or (Mistral) a list of parts."""
    if isinstance(content, list):
        parts = [part for part in content if isinstance(part, dict)]
        return "".join(part["text"] for part in parts if isinstance(part.get("text"), str))
    return content if isinstance(content, str) else ""


def _usage(chunk: dict) -> Usage | None:
    counts = chunk.get("usage")
    if not isinstance(counts, dict):
        return None
    return Usage(counts.get("prompt_tokens"), counts.get("completion_tokens"))
