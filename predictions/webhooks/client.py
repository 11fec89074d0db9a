"""One POST to a receiver that may be slow, hostile or gone: what it answered, or why it did not."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from functools import partial

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.client_proto import ResponseHandler

from predictions.upstreams.loops import one_per_loop

from .addresses import PrivateAddress, open_socket, parse
from .names import Resolver

SECONDS = 15
BODY_BYTES = 64 * 1024
BODY_SECONDS = 1
ANSWER_BYTES = BODY_BYTES + 16 * 1024  # with headers
GONE = 410


@dataclass(frozen=True)
class Answer:
    """The receiver's HTTP status, if there was one; `is_hopeless`: it will not be another one."""

    status: int | None = None
    error: str = ""
    is_hopeless: bool = False

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Listener(ResponseHandler):
    """Hears a receiver out to ANSWER_BYTES. Without an end to `100 Continue` it would never be done
    parsing, and the event loop would do nothing else."""

    _room = ANSWER_BYTES

    def data_received(self, data: bytes) -> None:
        super().data_received(data[: self._room])
        self._room = max(0, self._room - len(data))
        if not self._room and self.transport:
            self.transport.abort()


def new_session(resolver: AbstractResolver | None = None) -> aiohttp.ClientSession:
    """No cookies, no proxies, each connection to a checked address and used once: a kept one may
    be closed under a POST, which then fails though the receiver is well."""
    connector = aiohttp.TCPConnector(
        limit=0,
        force_close=True,
        use_dns_cache=False,
        resolver=resolver or Resolver(),
        socket_factory=open_socket,
    )
    connector._factory = partial(Listener, loop=asyncio.get_running_loop())
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        headers={"User-Agent": "Rivulet", "Accept-Encoding": "identity"},
    )


@one_per_loop
async def open_session() -> AsyncGenerator[aiohttp.ClientSession]:
    async with new_session() as session:
        yield session


async def post(
    session: aiohttp.ClientSession, url: str, headers: dict[str, str], body: bytes
) -> Answer:
    """Send it once. A redirect is a failure: it is not followed."""
    try:
        async with asyncio.timeout(SECONDS):
            status = await _post(session, url, headers, body)
    except TimeoutError:
        return Answer(error=f"There was no answer within {SECONDS} seconds.")
    except ValueError:
        return Answer(error="The URL cannot be posted to.", is_hopeless=True)
    except (aiohttp.ClientError, OSError) as error:
        if isinstance(getattr(error, "os_error", error), PrivateAddress):
            return Answer(error="The URL leads to a private address.", is_hopeless=True)
        return Answer(error=f"The receiver could not be reached: {error}")
    answer = Answer(status)
    if answer.is_success:
        return answer
    return Answer(status, f"The receiver answered {status}.", is_hopeless=status == GONE)


async def _post(session: aiohttp.ClientSession, url: str, headers: dict, body: bytes) -> int:
    async with session.post(
        parse(url), data=body, headers=headers, allow_redirects=False
    ) as response:
        # The status is the answer; the body is only let through, so that nobody is cut short.
        with contextlib.suppress(TimeoutError, aiohttp.ClientError):
            async with asyncio.timeout(BODY_SECONDS):
                await _throw_away(response)
        return response.status


async def _throw_away(response: aiohttp.ClientResponse) -> None:
    size = 0
    while size < BODY_BYTES and (chunk := await response.content.read(BODY_BYTES - size)):
        size += len(chunk)
