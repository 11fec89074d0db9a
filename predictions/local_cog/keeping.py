"""Keeping a Cog server there: what dies is started again, unless it dies again and again."""

import asyncio
import time
from collections.abc import Callable, Iterator

from .server import LocalCog, NotReady

MAX_CRASHES = 5
CALM_SECONDS = 60.0  # a server that was ready for so long has left its crashes behind


class CrashLoop(Exception):
    """The server dies again and again. The message is a sentence, and the end of its log."""


def kept(server: LocalCog, say: Callable[[str], object]) -> Iterator[None]:
    """Watch a server that is ready, for ever; yields each time that it is ready again.

    `say` gets a line for each crash. Raises CrashLoop.
    """
    crashes = 0
    while True:
        since = time.monotonic()
        how = asyncio.run(server.dead())
        crashes = 1 if time.monotonic() - since > CALM_SECONDS else crashes + 1
        server.stop()
        if crashes == MAX_CRASHES:
            raise CrashLoop(_farewell(server, how))
        wait = _seconds_before(crashes)
        when = f" in {wait} s" if wait else ""
        say(f"{server.file.name} {how}. It is started again{when}.")
        time.sleep(wait)
        server.start()
        try:
            asyncio.run(server.ready())
        except NotReady as error:
            say(str(error))
        else:
            yield


def _seconds_before(crash: int) -> int:
    """At once after the first crash, as its runs ask again; then later and later."""
    return 0 if crash == 1 else 2 ** (crash - 2)


def _farewell(server: LocalCog, how: str) -> str:
    times = f"It crashed {MAX_CRASHES} times without a calm minute in between, and is given up."
    return "\n".join([f"{server.file.name} {how}. {times}", *server.tail])
