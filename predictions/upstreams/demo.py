import asyncio, os
from .base import *


class Demo(Upstream):
    kind = "demo"

    async def run(self, model, input, *, prediction_id):
        ws = (
            "Once upon a time, there was a river that told stories to anyone who would listen ." * 3
        ).split(" ")
        for w in ws[: input.get("max_new_tokens", 500)]:
            await asyncio.sleep(1 / float(os.environ.get("DEMO_WORDS_PER_SECOND", "33")))
            yield Output(w + " ")

    async def models(self):
        return []
