"""How the OpenAI-compatible server answers, beside what servers of every protocol may do."""

import asyncio
import functools
import json
import re

from . import misbehaviour
from .answer import READ, SPACING, WORDS, WRITTEN, Answer
from .misbehaviour import COMMON, Behaviour, words

__all__ = ["BEHAVIOURS", "SPACING", "WORDS", "OpenAIAnswer"]

USAGE = {"prompt_tokens": READ, "completion_tokens": WRITTEN, "total_tokens": READ + WRITTEN}
BEHAVIOURS: dict[str, Behaviour] = dict(COMMON)
behaviour = functools.partial(misbehaviour.behaviour, group=BEHAVIOURS)


class OpenAIAnswer(Answer):
    async def delta(self, delta: dict, finish: str | None = None, **more: object) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        await self.send({"object": "chat.completion.chunk", "choices": [choice], **more})

    async def open(self) -> None:
        await self.begin()
        await self.delta({"role": "assistant", "content": ""})

    async def say(self, word: str) -> None:
        await self.delta({"content": word})

    async def think(self, thought: str) -> None:
        await self.delta({"reasoning_content": thought})

    async def ping(self) -> None:
        await self.write(": OPENROUTER PROCESSING\n\n")

    async def end(self) -> None:
        await self.delta({}, "stop", usage=USAGE)
        await self.done()

    async def done(self) -> None:
        await self.write("data: [DONE]\n\n")

    async def fail(self, kind: str) -> None:
        await self.send({"error": {"message": "secret detail", "type": kind, "code": 500}})

    async def babble(self) -> None:
        await self.write("event: metrics\nid: 7\nretry: 5\nnews: 1\ndata: {}\n\n")
        await self.send({"choices": [], "prompt_filter_results": [{"x": 1}], "usage": None})
        await self.delta({"tool_calls": [{"index": 0}], "content": None}, logprobs=None)

    def whole(self) -> None:
        message = {"role": "assistant", "content": "".join(WORDS)}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        self.plain(200, {"object": "chat.completion", "choices": [choice], "usage": USAGE})


@behaviour("no-done-marker")
async def no_done_marker(answer: OpenAIAnswer) -> None:
    await answer.words()
    await answer.delta({"content": None}, "stop")


@behaviour("no-finish-reason")
async def no_finish_reason(answer: OpenAIAnswer) -> None:
    await answer.words()
    await answer.done()


@behaviour("never-closes")
async def never_closes(answer: OpenAIAnswer) -> None:
    """Nor does it tell whether token counts are still to come."""
    await answer.words()
    await answer.delta({}, "stop")
    await asyncio.sleep(60)


@behaviour("half-then-ok")
async def half_then_ok(answer: OpenAIAnswer) -> None:
    if answer.attempt > 1:
        return await words(answer)
    await answer.begin()
    await answer.write('data: {"choices":[{"delta":{"content":"\\ud83e"}}]}\n\n')


@behaviour("odd-usage")
async def odd_usage(answer: OpenAIAnswer) -> None:
    await answer.words()
    usage = {"prompt_tokens": float("inf"), "completion_tokens": 10}
    await answer.delta({}, "stop", usage=usage)


@behaviour("usage-late")
async def usage_late(answer: OpenAIAnswer) -> None:
    await answer.words()
    await answer.delta({}, "stop", usage=None)
    await asyncio.sleep(0.1)
    await answer.send({"choices": [], "usage": USAGE})
    await answer.done()


@behaviour("usage-then-none")
async def usage_then_none(answer: OpenAIAnswer) -> None:
    await answer.words()
    await answer.delta({}, "stop", usage=USAGE)
    await answer.send({"choices": [], "usage": None})
    await answer.done()


@behaviour("usage-never")
async def usage_never(answer: OpenAIAnswer) -> None:
    await no_done_marker(answer)


@behaviour("reasoning-either-name")
async def reasoning_either_name(answer: OpenAIAnswer) -> None:
    await answer.begin()
    await answer.delta({"role": "assistant", "reasoning": "Let me "})
    await answer.delta({"reasoning": "think.", "reasoning_content": "think."})
    await answer.delta({"content": "Yes."})
    await answer.delta({}, "stop")


@behaviour("reasoning-in-parts")
async def reasoning_in_parts(answer: OpenAIAnswer) -> None:
    """Mistral's way."""
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "Let me think."}]}
    await answer.begin()
    await answer.delta({"content": [thinking]})
    await answer.delta({"content": [{"type": "text", "text": "Y"}, {"type": "text", "text": "es"}]})
    await answer.delta({"content": "."}, "stop")


@behaviour("reasoning-in-tags")
async def reasoning_in_tags(answer: OpenAIAnswer) -> None:
    await answer.begin()
    await answer.delta({"content": "<think>Hm.</think>Yes."}, "stop")


@behaviour("several-choices")
async def several_choices(answer: OpenAIAnswer) -> None:
    await answer.begin()
    for word in WORDS:
        for index in (1, 0):
            choice = {"index": index, "delta": {"content": word}}
            if index:
                choice["finish_reason"] = "stop"
            await answer.send({"choices": [choice]})
    await answer.end()


@behaviour("odd-chunks")
async def odd_chunks(answer: OpenAIAnswer) -> None:
    await answer.begin()
    for choices in (None, 5, "x", {}, ["x"], [{"delta": []}], [{"delta": {"content": 7}}], [{}]):
        await answer.send({"choices": choices, "usage": [], "error": None})
    await answer.say("Yes.")
    await answer.end()


@behaviour("odd-lines")
async def odd_lines(answer: OpenAIAnswer) -> None:
    await answer.begin()
    text = json.dumps("a\u2028b\u0085c\x0cd", ensure_ascii=False).replace("\\f", "\x0c")
    await answer.write(': a comment\nretry: 5\ndata: {"choices":[{"delta":')
    await answer.write('{"content":%s}}]}\n\n' % text.replace("\x0c", "\\f"))  # noqa: UP031
    await answer.delta({}, "stop")


@behaviour("no-stream-options")
async def no_stream_options(answer: OpenAIAnswer) -> None:
    if "stream_options" in answer.body:
        answer.plain(400, {"error": {"message": "Unrecognized argument: stream_options"}})
    else:
        await words(answer)


@behaviour("max-completion-tokens")
async def max_completion_tokens(answer: OpenAIAnswer) -> None:
    if "max_tokens" in answer.body:
        message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
        answer.plain(400, {"error": {"message": message}})
    else:
        await words(answer)


@behaviour("thinking")
async def thinking(answer: OpenAIAnswer) -> None:
    """Thirty thoughts, then the words, with room between them to look."""
    await answer.begin()
    for number in range(30):
        await answer.delta({"role": "assistant", "reasoning_content": f"Thought {number}. "})
        await asyncio.sleep(0.05)
    for word in WORDS:
        await asyncio.sleep(0.1)
        await answer.delta({"content": word})
    await answer.delta({}, "stop")
    await answer.done()


@behaviour("echo")
async def echo(answer: OpenAIAnswer, spacing: float = SPACING) -> None:
    """What was asked, word by word: a test says what the answer is to look like."""
    await answer.open()
    for word in re.findall(r"\s*\S+|\s+", answer.body["messages"][-1]["content"]):
        await asyncio.sleep(spacing)
        await answer.say(word)
    await answer.end()


@behaviour("echo-slow")
async def echo_slow(answer: OpenAIAnswer) -> None:
    await echo(answer, spacing=0.08)


@behaviour("echo-fast")
async def echo_fast(answer: OpenAIAnswer) -> None:
    await echo(answer, spacing=0)


@behaviour("no-temperature")
async def no_temperature(answer: OpenAIAnswer) -> None:
    message = "Unsupported value: 'temperature' does not support 0.5 with this model."
    answer.plain(400, {"error": {"message": message, "param": "temperature"}})


@behaviour("too-long")
async def too_long(answer: OpenAIAnswer) -> None:
    """vLLM's words; OpenAI's have a code."""
    message = "This model's maximum context length is 10 tokens. However, you requested 17 tokens"
    answer.plain(400, {"object": "error", "message": message, "code": 400})


# What an error inside a 200 may look like.
ERRORS = {
    "object": 'data: {"error": {"message": "secret", "code": "rate_limit_exceeded"}}\n\n',
    "string": 'data: {"error": "secret overloaded"}\n\n',
    "named": 'event: error\ndata: {"message": "secret", "code": 503}\n\n',
    "bare": "event: error\ndata: secret, too many requests\n\n",
    "vllm": 'data: {"object": "error", "message": "secret", "code": 429}\n\n',
    "finish": 'data: {"choices": [{"delta": {}, "finish_reason": "error", '
    '"error": {"code": 429, "message": "secret"}}]}\n\n',
}


def _error(text: str) -> Behaviour:
    async def error(answer: OpenAIAnswer) -> None:
        await answer.words(count=2)
        await answer.write(text)
        await answer.done()

    return error


BEHAVIOURS |= {f"error-{shape}": _error(text) for shape, text in ERRORS.items()}
