"""A server with OpenAI's chat API, by its base URL: OpenAI, vLLM, llama.cpp, LM Studio, ...

https://platform.openai.com/docs/api-reference/chat
"""

import contextlib
import re
from collections.abc import AsyncGenerator

from . import any_json, chat, http
from .base import FoundModel, Logs, Output, Upstream, Usage
from .chat_images import openai_message
from .chat_schema import chat_schema
from .openai_answer import streamed, whole

OPTIONS = ("max_tokens", "temperature", "top_p", "seed", "stop")
SCHEMA = chat_schema(*OPTIONS)
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
            pieces = chat.said(response, streamed, whole)
            await stack.enter_async_context(contextlib.aclosing(pieces))
            async for piece in pieces:
                yield piece

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
    """The names in an answer of GET /models. Raises Unreadable where it is something else."""
    rows = found if isinstance(found, list) else any_json.rows_of(found, "data")
    return [name for row in rows if (name := any_json.text_of(row, "id"))]


def request(model: str, input: dict) -> dict:
    """The request's body for a validated `input`. Raises UpstreamError where it says nothing."""
    return {
        "model": model,
        "messages": [openai_message(each) for each in chat.messages(input)],
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
