"""The built-in stand-in for a language model: offline, rule-based, and honest about it."""

import asyncio
import random
from collections.abc import AsyncGenerator

from django.conf import settings

from predictions.upstreams.base import FoundModel, Output, Upstream, UpstreamError, Usage

from .answers import after, answer
from .prompts import read_prompt
from .schema import SCHEMA
from .tokens import tokens


class Demo(Upstream):
    kind = "demo"

    async def run(
        self, model: str, input: dict, *, prediction_id: str
    ) -> AsyncGenerator[Output | Usage]:
        """The same seed (or temperature 0) gives the same words; the pace is a setting."""
        prompt = input.get("prompt") or ""
        conversation = read_prompt(prompt)
        text = answer(conversation, random.Random(_seed(input)))
        if conversation.begun:
            text = after(conversation.begun, text)
        words = tokens(text)[: input.get("max_new_tokens", 1024)]
        clock = asyncio.get_running_loop().time
        started = clock()
        for count, word in enumerate(words):
            if count == input.get("fail_after"):
                raise UpstreamError(
                    f"The model failed after {count} words, as it was asked to.",
                    detail="fail_after was set.",
                )
            due = started + (count + 1) / settings.DEMO_WORDS_PER_SECOND
            await asyncio.sleep(due - clock())
            yield Output(word)
        yield Usage(len(tokens(prompt)), len(words))

    async def models(self) -> list[FoundModel]:
        return [FoundModel("demo", SCHEMA, prompt_template="llama-2")]


def _seed(input: dict) -> int:
    if (seed := input.get("seed")) is not None:
        return seed
    return 0 if input.get("temperature") == 0 else random.randrange(2**32)
