"""Host names to addresses, each looked up in a thread of its own.

A name server that hangs then holds up nobody else: neither the names of upstreams, for which the
event loop has a few threads only, nor the end of the process, as these are daemons.
"""

import asyncio
import socket
import threading
from concurrent.futures import Future

from aiohttp.abc import AbstractResolver, ResolveResult


def look_up(host: str, port: int = 0) -> Future[list[tuple]]:
    """What the system makes of `host`, in whatever spelling: getaddrinfo's tuples, or its error."""
    found: Future[list[tuple]] = Future()
    found.set_running_or_notify_cancel()  # who stops waiting does not stop it
    threading.Thread(target=_ask, args=(found, host, port), daemon=True).start()
    return found


def _ask(found: Future, host: str, port: int) -> None:
    try:
        found.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (OSError, ValueError) as error:
        found.set_exception(error)


class Resolver(AbstractResolver):
    """aiohttp's way to ask."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host, host=address[0], port=port, family=kind, proto=protocol, flags=0
            )
            for kind, _, protocol, _, address in await asyncio.wrap_future(look_up(host, port))
        ]

    async def close(self) -> None:
        pass
