"""A server with Anthropic's Messages API: `python -m tests.servers.anthropic_server`."""

import functools
import itertools

from aiohttp import web

from . import misbehaviour
from .answer import READ, WORDS, WRITTEN, Answer
from .chat_server import answering, locked, main
from .misbehaviour import COMMON, Behaviour, words

BEHAVIOURS: dict[str, Behaviour] = dict(COMMON)
behaviour = functools.partial(misbehaviour.behaviour, group=BEHAVIOURS)
# One token is read from the cache and one is written to it.
READ_USAGE = {
    "input_tokens": READ - 2,
    "cache_creation_input_tokens": 1,
    "cache_read_input_tokens": 1,
    "output_tokens": 1,
    "service_tier": "standard",
}


class AnthropicAnswer(Answer):
    """Thoughts and words are blocks, numbered as they come."""

    block: dict | None = None
    number = -1

    async def event(self, kind: str, **facts: object) -> None:
        await self.send({"type": kind, **facts}, kind)

    async def open(self) -> None:
        await self.begin()
        await self.event("message_start", message={"content": [], "usage": READ_USAGE})
        await self.ping()

    async def say(self, word: str) -> None:
        await self.enter({"type": "text", "text": ""})
        await self.delta({"type": "text_delta", "text": word})

    async def think(self, thought: str) -> None:
        await self.enter({"type": "thinking", "thinking": "", "signature": ""})
        await self.delta({"type": "thinking_delta", "thinking": thought})

    async def enter(self, start: dict) -> None:
        if self.block and self.block["type"] == start["type"]:
            return
        await self.leave()
        self.block, self.number = start, self.number + 1
        await self.event("content_block_start", index=self.number, content_block=start)

    async def leave(self) -> None:
        if self.block and self.block["type"] == "thinking":
            await self.delta({"type": "signature_delta", "signature": "c2VjcmV0"})
        if self.block:
            await self.event("content_block_stop", index=self.number)

    async def delta(self, delta: dict) -> None:
        await self.event("content_block_delta", index=self.number, delta=delta)

    async def ping(self) -> None:
        await self.event("ping")

    async def end(self, reason: str = "end_turn") -> None:
        await self.leave()
        usage = {"output_tokens": WRITTEN, "input_tokens": None}
        await self.event("message_delta", delta={"stop_reason": reason}, usage=usage)
        await self.event("message_stop")

    async def fail(self, kind: str) -> None:
        await self.event("error", error={"type": kind, "message": "secret detail"})

    def error(self, kind: str) -> dict:
        return {"type": "error", "error": {"type": kind, "message": "secret detail"}}

    async def babble(self) -> None:
        await self.write("event: metrics\ndata: {}\n\n: a comment\n\n")
        await self.event("vibe_check", text="not a word")
        await self.enter({"type": "text", "text": ""})
        await self.delta({"type": "input_json_delta", "partial_json": "{"})
        await self.delta({"type": "citations_delta", "citation": {"cited_text": "not a word"}})

    def whole(self) -> None:
        text = {"type": "text", "text": "".join(WORDS)}
        usage = READ_USAGE | {"output_tokens": WRITTEN}
        self.plain(200, {"type": "message", "content": [text], "usage": usage})


def _ends_with(reason: str) -> Behaviour:
    async def end(answer: AnthropicAnswer) -> None:
        await answer.words()
        await answer.end(reason)

    return end


def _fails_with(kind: str) -> Behaviour:
    async def fail(answer: AnthropicAnswer) -> None:
        await answer.words(count=2)
        await answer.fail(kind)

    return fail


REASONS = ("max_tokens", "refusal", "stop_sequence", "pause_turn")
KINDS = ("overloaded_error", "rate_limit_error", "invalid_request_error", "permission_error")
BEHAVIOURS |= {f"ends-with-{reason}": _ends_with(reason) for reason in REASONS}
BEHAVIOURS |= {f"fails-with-{kind}": _fails_with(kind) for kind in KINDS}


@behaviour("529")
async def overloaded(answer: AnthropicAnswer) -> None:
    answer.plain(529, answer.error("overloaded_error"))


@behaviour("late-usage")
async def late_usage(answer: AnthropicAnswer) -> None:
    """As gateways tell it."""
    await answer.begin()
    await answer.event("message_start", message={"content": [], "usage": {"input_tokens": 0}})
    await answer.say("Yes.")
    usage = {"input_tokens": READ, "output_tokens": WRITTEN}
    await answer.event("message_delta", delta={"stop_reason": "end_turn"}, usage=usage)
    await answer.event("message_stop")


@behaviour("forgotten-usage")
async def forgotten_usage(answer: AnthropicAnswer) -> None:
    """As servers tell it that count only what they write."""
    await answer.open()
    await answer.say("Yes.")
    counts = dict.fromkeys(READ_USAGE, 0) | {"output_tokens": WRITTEN}
    await answer.event("message_delta", delta={"stop_reason": "end_turn"}, usage=counts)
    await answer.event("message_stop")


@behaviour("hidden-thoughts")
async def hidden_thoughts(answer: AnthropicAnswer) -> None:
    await answer.open()
    await answer.think("")
    await answer.say("Yes.")
    await answer.end()


@behaviour("text-in-start")
async def text_in_start(answer: AnthropicAnswer) -> None:
    await answer.open()
    await answer.enter({"type": "text", "text": "Oh,"})
    await answer.say(" yes.")
    await answer.end()


@behaviour("adaptive-only")
async def adaptive_only(answer: AnthropicAnswer) -> None:
    if answer.body.get("thinking", {}).get("type") == "enabled":
        message = '"thinking.type.enabled" is not supported for this model. Use "adaptive".'
        answer.plain(400, {"type": "error", "error": {"message": message}})
    else:
        await words(answer)


@behaviour("no-temperature")
async def no_temperature(answer: AnthropicAnswer) -> None:
    message = "`temperature` is deprecated for this model."
    answer.plain(400, {"type": "error", "error": {"message": message}})


@behaviour("too-long")
async def too_long(answer: AnthropicAnswer) -> None:
    message = "prompt is too long: 200001 tokens > 200000 maximum"
    answer.plain(400, {"type": "error", "error": {"message": message}})


@behaviour("no-credit")
async def no_credit(answer: AnthropicAnswer) -> None:
    message = "Your credit balance is too low to access the API."
    answer.plain(400, {"type": "error", "error": {"message": message}})


@behaviour("strict")
async def strict(answer: AnthropicAnswer) -> None:
    """What the API asks of a conversation."""
    messages = answer.body["messages"]
    roles = [message["role"] for message in messages]
    fits = (
        roles[0] == "user"
        and all(one != other for one, other in itertools.pairwise(roles))
        and all(message["content"].strip() for message in messages)
        and (roles[-1] == "user" or messages[-1]["content"] == messages[-1]["content"].rstrip())
        and isinstance(answer.body["max_tokens"], int)
        and answer.request.headers["anthropic-version"]
    )
    if not fits:
        answer.plain(400, answer.error("invalid_request_error"))
    else:
        await words(answer)


async def models(request: web.Request) -> web.Response:
    """In pages of ten."""
    names = list(BEHAVIOURS)
    start = names.index(request.query["after_id"]) + 1 if "after_id" in request.query else 0
    page = names[start : start + 10]
    rows = [{"type": "model", "id": name, "display_name": name.title()} for name in page]
    if not start:
        rows += [{"type": "model", "id": "claude-old", "lifecycle": "retired"}, {"id": None}, "odd"]
    more = start + 10 < len(names)
    return web.json_response({"data": rows, "has_more": more, "last_id": page[-1]})


if __name__ == "__main__":
    main(
        [
            web.post("/v1/messages", answering(AnthropicAnswer, BEHAVIOURS)),
            web.get("/v1/models", models),
            web.get("/locked/v1/models", locked),
        ]
    )
