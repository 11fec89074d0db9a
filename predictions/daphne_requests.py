"""Daphne's requests, with a limit to their body, which is handed over piece by piece.

Daphne itself keeps whatever comes, and lays all of it into the application's queue, in memory.
"""

import asyncio
from io import BytesIO
from typing import BinaryIO

from daphne.http_protocol import HTTPFactory, WebRequest
from twisted.web.http import RESPONSES, datetimeToString

from predictions.body_limit import LINGER, limit_of, too_large

PIECE = 64 * 1024


class Request(WebRequest):
    """A request that is refused as soon as its body is known to be too large."""

    def __init__(self, channel, queued) -> None:
        # Twisted would parse forms, uploaded files in memory included. Django does that.
        super().__init__(channel, queued, parsePOSTFormSubmission=False)
        self._limit = self._count = 0
        self._closing = None

    def gotLength(self, length: int | None) -> None:
        """All headers are there, 100 Continue is not sent yet. None: a chunked body."""
        method, address = self.channel._command.decode("latin-1"), self.channel._path
        self._address = address.partition(b"?")[0].decode("latin-1")
        self._limit = limit_of(method, self._address)
        is_too_large = length is not None and length > self._limit
        super().gotLength(0 if is_too_large else length)
        if is_too_large:
            self._refuse()

    def handleContentChunk(self, data: bytes) -> None:
        self._count += len(data)
        if self._closing is None and self._count > self._limit:
            self._refuse()
        if self._closing is None:
            super().handleContentChunk(data)

    def requestReceived(self, command, path, version) -> None:
        if self._closing is None:
            super().requestReceived(command, path, version)

    def take_body(self) -> BinaryIO:
        """The body, which belongs to the caller now: daphne finds none any more."""
        body, self.content = self.content, BytesIO()
        return body

    def connectionLost(self, reason) -> None:
        if self._closing and self._closing.active():
            self._closing.cancel()
        super().connectionLost(reason)

    def _refuse(self) -> None:
        """Answer at once, say that nothing follows, and let the client finish what it is sending.

        To close before that would reset the connection, and the answer might be lost.
        """
        self.requestHeaders.removeHeader(b"Expect")  # or Twisted would ask for the body
        self.transport.write(self._refusal())
        self.transport.loseWriteConnection()
        self.channel.dataReceived = lambda data: None
        self.channel.setTimeout(None)
        self._closing = self.channel.callLater(LINGER, self.transport.abortConnection)

    def _refusal(self) -> bytes:
        status, headers, body = too_large(self._address, self._limit)
        headers = [(b"date", datetimeToString()), *headers]
        lines = [b"HTTP/1.1 %d %b" % (status, RESPONSES[status])]
        lines += [b"%b: %b" % header for header in headers]
        return b"\r\n".join([*lines, b"", body])


class Intake:
    """What the application receives: the body, piece by piece, and then what daphne reports."""

    def __init__(self, body: BinaryIO) -> None:
        self.queue: asyncio.Queue = asyncio.Queue()
        self._body = body

    async def receive(self) -> dict:
        if not self._body.closed:
            return await self._read()
        while (message := await self.queue.get())["type"] == "http.request":
            pass  # daphne's, about the body that it found empty
        return message

    def close(self) -> None:
        self._body.close()

    async def _read(self) -> dict:
        piece = self._body.read(PIECE)
        if len(piece) < PIECE:
            self.close()
        await asyncio.sleep(0)  # others have their turn
        return {"type": "http.request", "body": piece, "more_body": not self._body.closed}


class Factory(HTTPFactory):
    def buildProtocol(self, addr):
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = Request
        return protocol
