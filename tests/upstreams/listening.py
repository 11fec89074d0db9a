"""Hearing an upstream out, with the time at which each thing came."""

import asyncio
import contextlib
import time

from predictions.upstreams import Logs, Output, UpstreamError, Usage, open_upstream


class Heard:
    """What a run said: its items, when each came (seconds from the start), and its error."""

    def __init__(self) -> None:
        self.items: list[Output | Logs | Usage] = []
        self.times: list[float] = []
        self.error: UpstreamError | None = None

    @property
    def words(self) -> list[str]:
        return [item.text for item in self.items if isinstance(item, Output)]

    @property
    def text(self) -> str:
        return "".join(self.words)

    @property
    def logs(self) -> str:
        return "".join(item.text for item in self.items if isinstance(item, Logs))

    @property
    def usage(self) -> Usage | None:
        return next((item for item in self.items if isinstance(item, Usage)), None)

    @property
    def word_times(self) -> list[float]:
        return [
            at for at, item in zip(self.times, self.items, strict=True) if isinstance(item, Output)
        ]


async def listen(
    upstream, model: str, input: dict, prediction_id: str = "p1", heard: Heard | None = None
) -> Heard:
    heard, start = heard or Heard(), time.monotonic()
    run = upstream.run(model, input, prediction_id=prediction_id)
    async with contextlib.aclosing(run):
        try:
            async for item in run:
                heard.items.append(item)
                heard.times.append(time.monotonic() - start)
        except UpstreamError as error:
            heard.error = error
    return heard


def hear(kind: str, url: str, model: str, input: dict | None = None, key: str = "") -> Heard:
    upstream = open_upstream(kind, url, key)
    return asyncio.run(listen(upstream, model, {"prompt": "Hi"} if input is None else input))


async def until(condition, seconds: float = 1.0) -> bool:
    """Whether `condition()` becomes true within that time."""
    for _ in range(int(seconds / 0.02)):
        if await asyncio.to_thread(condition):
            return True
        await asyncio.sleep(0.02)
    return False
