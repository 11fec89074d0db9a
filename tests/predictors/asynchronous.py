import asyncio

from cog import AsyncConcatenateIterator, BaseRunner


class Runner(BaseRunner):
    async def setup(self) -> None:
        self.words = ["a ", "b ", "c "]

    async def run(self) -> AsyncConcatenateIterator[str]:
        for word in self.words:
            await asyncio.sleep(0.05)
            yield word
