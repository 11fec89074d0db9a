"""Anthropic's Messages API, or a server that speaks it.

https://docs.anthropic.com/en/api/messages-streaming
"""

import contextlib
from collections.abc import AsyncGenerator, Iterable

from . import any_json, chat, http
from .anthropic_answer import streamed, whole
from .base import FoundModel, Piece, Upstream, UpstreamError
from .chat_images import anthropic_message
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
OPENING = {"role": "user", "content": "Hello."}  # a conversation must begin with the user


class Anthropic(Upstream):
    kind = "anthropic"
    default_url = "https://api.anthropic.com"

    async def run(self, model: str, input: dict, *, prediction_id: str) -> AsyncGenerator[Piece]:
        async with contextlib.AsyncExitStack() as stack:
            response = await self._answer(stack, request(model, input))
            pieces = chat.said(response, streamed, whole)
            await stack.enter_async_context(contextlib.aclosing(pieces))
            async for piece in pieces:
                yield piece

    async def models(self) -> list[FoundModel]:
        found, last = [], ""
        for _ in range(MAX_PAGES):
            page = await self._page(last)
            found += [_model(row) for row in any_json.rows_of(page, "data") if _is_served(row)]
            last = any_json.text_of(page, "last_id")
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

    async def _page(self, after: str) -> object:
        query = f"?limit=100&after_id={after}" if after else "?limit=100"
        return await http.fetch_json("GET", self.url(f"models{query}"), headers=self.sent_headers())

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
    said = chat.messages(input)
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
        if not turn["content"].strip() and not turn.get("images"):
            continue
        if messages and messages[-1]["role"] == turn["role"]:
            messages[-1] = _joined(messages[-1], turn)
        else:
            messages.append({"role": turn["role"], "content": turn["content"], **_images(turn)})
    if not messages:
        raise UpstreamError("The input needs a prompt or messages.")
    if messages[0]["role"] == "assistant":
        messages.insert(0, OPENING)
    if messages[-1]["role"] == "assistant":  # an answer to go on with must not end in white space
        messages[-1]["content"] = messages[-1]["content"].rstrip()
    return [anthropic_message(each) for each in messages]


def _joined(one: dict, other: dict) -> dict:
    images = [*(one.get("images") or []), *(other.get("images") or [])]
    text = "\n\n".join(filter(str.strip, (one["content"], other["content"])))
    return {"role": one["role"], "content": text, **_images({"images": images})}


def _images(turn: dict) -> dict:
    return {"images": turn["images"]} if turn.get("images") else {}


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


def _is_served(row: object) -> bool:
    return bool(any_json.text_of(row, "id")) and any_json.text_of(row, "lifecycle") != "retired"


def _model(row: dict) -> FoundModel:
    return FoundModel(row["id"], SCHEMA, description=any_json.text_of(row, "display_name"))
