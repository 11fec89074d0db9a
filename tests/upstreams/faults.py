"""The same promise for each kind of upstream: broken at any byte, no word is lost, doubled or made
up, and only an answer whose end marker came has ended well."""

import asyncio

from predictions.upstreams import Interrupted, Logs, Output, open_upstream
from tests.servers import ScriptedServer

from .listening import Heard, listen

AT_ONCE = 32
STALL_SECONDS = 0.2


class EveryByte:
    """An answer of a kind's protocol as `server` plays it, heard with it broken at each byte.

    `body` is the recorded body of the faulty route, `end` the number of its first bytes with which
    the end marker is complete; `suffix` follows the fault in the base URL ("/v1").
    """

    def __init__(
        self,
        kind: str,
        server: ScriptedServer,
        body: str,
        *,
        end: int,
        model: str = "model",
        suffix: str = "",
        input: dict | None = None,
    ) -> None:
        self._kind, self._server, self._suffix = kind, server, suffix
        self._model, self._input = model, input or {"prompt": "Hi"}
        self._positions = range(len(body.encode()) + 1)
        self._end = end
        self.whole = self._hear_all("split", [0])[0]
        assert self.whole.error is None
        assert len(self.whole.words) > 1

    def check_split(self) -> None:
        """In two pieces with a pause between: the same items as in one."""
        for heard in self._hear_all("split", self._positions):
            assert (heard.items, heard.error) == (self.whole.items, None)

    def check_cut(self) -> None:
        """The body ends early, and as orderly as a whole one."""
        self._check_broken("cut")

    def check_reset(self) -> None:
        """The connection breaks. (What arrived just before may be lost with it.)"""
        self._check_broken("reset")

    def check_stall(self) -> None:
        """Silence: what came before is there, and the answer does not end by itself."""
        for count, heard in self._each("stall"):
            self._is_prefix(heard)
            assert count >= self._end or isinstance(heard.error, TimeoutError), count

    def _check_broken(self, fault: str) -> None:
        for count, heard in self._each(fault):
            self._is_prefix(heard)
            if count < self._end:
                assert isinstance(heard.error, Interrupted), (fault, count, heard.error)
            else:
                assert heard.error is None, (fault, count)
                assert heard.words == self.whole.words

    def _is_prefix(self, heard: Heard) -> None:
        spoken = [item for item in heard.items if isinstance(item, Output | Logs)]
        whole = [item for item in self.whole.items if isinstance(item, Output | Logs)]
        assert spoken == whole[: len(spoken)]

    def _each(self, fault: str):
        return zip(self._positions, self._hear_all(fault, self._positions), strict=True)

    def _hear_all(self, fault: str, positions) -> list[Heard]:
        async def hear_all() -> list[Heard]:
            turns = asyncio.Semaphore(AT_ONCE)
            return await asyncio.gather(*(self._hear(fault, n, turns) for n in positions))

        return asyncio.run(hear_all())

    async def _hear(self, fault: str, count: int, turns: asyncio.Semaphore) -> Heard:
        upstream = open_upstream(self._kind, self._server.at(fault, count) + self._suffix)
        async with turns:
            if fault == "stall":
                return await _until_silent(upstream, self._model, self._input)
            return await asyncio.wait_for(listen(upstream, self._model, self._input), 20)


async def _until_silent(upstream, model: str, input: dict) -> Heard:
    """What was heard before STALL_SECONDS of silence; then its error is a TimeoutError."""
    heard = Heard()
    try:
        async with asyncio.timeout(STALL_SECONDS):
            await listen(upstream, model, input, heard=heard)
    except TimeoutError as error:
        heard.error = error
    return heard
