"""A server with Ollama's own API: `python -m tests.servers.ollama_server`, see chat_server.py."""

import functools
import json

from aiohttp import web

from . import misbehaviour
from .answer import READ, WORDS, WRITTEN, Answer
from .chat_server import answering, locked, main
from .misbehaviour import COMMON, Behaviour, words

BEHAVIOURS: dict[str, Behaviour] = dict(COMMON)
behaviour = functools.partial(misbehaviour.behaviour, group=BEHAVIOURS)
TIMES = {"total_duration": 5043500667, "load_duration": 5025959, "eval_duration": 4709213000}


class OllamaAnswer(Answer):
    content_type = "application/x-ndjson"

    async def line(self, facts: dict) -> None:
        await self.write(self.json(facts) + "\n")

    async def message(self, **message: str) -> None:
        facts = {"role": "assistant", "content": "", **message}
        await self.line({"model": "m", "message": facts, "done": False})

    async def say(self, word: str) -> None:
        await self.message(content=word)

    async def think(self, thought: str) -> None:
        await self.message(thinking=thought)

    async def ping(self) -> None:
        await self.write("\n")
        await self.message(content="")

    async def end(self, reason: str = "stop") -> None:
        await self.line({"message": {"role": "assistant", "content": ""}, **self.last(reason)})

    def last(self, reason: str = "stop") -> dict:
        counts = {"prompt_eval_count": READ, "eval_count": WRITTEN}
        return {"done": True, "done_reason": reason, **TIMES, **counts}

    async def fail(self, kind: str) -> None:
        await self.line({"error": f"{kind}: secret detail"})

    def error(self, kind: str) -> dict:
        return {"error": f"{kind}: secret detail"}

    async def babble(self) -> None:
        await self.line({"status": "pulling", "total": 1})
        await self.line({"message": {"role": "assistant", "tool_calls": [{}], "images": None}})
        await self.line({"message": None, "done": None})

    def whole(self) -> None:
        message = {"role": "assistant", "content": "".join(WORDS)}
        self.plain(200, {"model": "m", "message": message, **self.last()})


def _ends_with(reason: str) -> Behaviour:
    async def end(answer: OllamaAnswer) -> None:
        await answer.words()
        await answer.end(reason)

    return end


BEHAVIOURS |= {f"ends-with-{reason}": _ends_with(reason) for reason in ("length", "load", "unload")}


@behaviour("cached-prompt")
async def cached_prompt(answer: OllamaAnswer) -> None:
    """Whose count Ollama leaves out."""
    await answer.words()
    await answer.line({"message": {"content": ""}, "done": True, "eval_count": WRITTEN})


@behaviour("no-last-line-end")
async def no_last_line_end(answer: OllamaAnswer) -> None:
    await answer.words()
    await answer.write(json.dumps(answer.last()))


@behaviour("cannot-think")
async def cannot_think(answer: OllamaAnswer) -> None:
    if answer.body.get("think"):
        answer.plain(400, {"error": '"cannot-think" does not support thinking'})
    else:
        await words(answer)


@behaviour("too-long")
async def too_long(answer: OllamaAnswer) -> None:
    answer.plain(400, {"error": "the prompt exceeds the context length: input is too long"})


async def tags(request: web.Request) -> web.Response:
    llama = {"family": "llama", "families": ["llama"], "parameter_size": "3.2B"}
    rows = [
        *({"name": name, "model": name, "details": llama} for name in BEHAVIOURS),
        {"name": "all-minilm:latest", "details": {"family": "bert", "families": ["bert"]}},
        {"name": "nomic:latest", "details": {"family": "nomic-bert", "families": None}},
        {"name": "qwen3-embedding:0.6b", "details": {"family": "qwen3"}},
        {"name": "seer:latest", "details": llama, "capabilities": ["embedding"]},
        {"name": "talker:latest", "details": llama, "capabilities": ["completion", "tools"]},
        {"model": "odd:latest", "details": None},
        "odd",
    ]
    rows[0]["details"] = {**llama, "quantization_level": "Q4_K_M"}
    return web.json_response({"models": rows})


async def nonsense(request: web.Request) -> web.Response:
    return web.json_response({"models": None})


if __name__ == "__main__":
    main(
        [
            web.post("/api/chat", answering(OllamaAnswer, BEHAVIOURS)),
            web.get("/api/tags", tags),
            web.get("/locked/api/tags", locked),
            web.get("/nonsense/api/tags", nonsense),
        ]
    )
