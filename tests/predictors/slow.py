import os
import time
from pathlib import Path

from cog import BaseRunner, ConcatenateIterator, Input


class Runner(BaseRunner):
    def setup(self) -> None:
        print("warming up")  # noqa: T201
        self.greeting = Path("greeting.txt").read_text().strip()

    def run(
        self,
        count: int = Input(description="How many words", default=5, ge=1, le=1000),
        wait: float = 0.1,
        prompt: str = "",
    ) -> ConcatenateIterator[str]:
        print("running in", os.getcwd())  # noqa: T201
        yield f"{self.greeting} "
        for number in range(count):
            time.sleep(wait)
            yield f"word{number} "
