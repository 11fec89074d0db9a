"""Daphne, with what it lacks: a reader that stops reading stops the writing, too (daphne #170).

And a limit to what it takes in: see `daphne_requests`.
"""

import asyncio
import logging
import os
import sys
from contextlib import suppress
from functools import partial

import daphne.server
from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server as DaphneServer
from daphne.server import reactor
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from predictions import worker
from predictions.daphne_requests import Factory, Intake

MOST_HEARD = 4096  # bytes of a message on a WebSocket: ours only ring

# Daphne names its factory in the midst of Server.run: there is no other door.
daphne.server.HTTPFactory = Factory


@implementer(IPushProducer)
class Gate:
    """Closed while a connection's send buffer is full: Twisted's flow control, made awaitable."""

    def __init__(self) -> None:
        self._is_open = asyncio.Event()
        self._is_open.set()

    def pauseProducing(self) -> None:
        self._is_open.clear()

    def resumeProducing(self) -> None:
        self._is_open.set()

    def stopProducing(self) -> None:
        self._is_open.set()

    async def passage(self) -> None:
        await self._is_open.wait()


class Server(DaphneServer):
    def create_application(self, protocol, scope):
        if scope["type"] != "http":
            return super().create_application(protocol, scope)
        connection = self.connections[protocol]
        gate = connection["gate"] = Gate()
        protocol.registerProducer(gate, True)
        # Readers that vanish without a word are found by the kernel.
        protocol.channel.transport.setTcpKeepAlive(True)
        intake = Intake(protocol.take_body())
        scope.setdefault("asgi", {"version": "3.0"})
        answering = self.application(scope, intake.receive, partial(self.handle_reply, protocol))
        connection["application_instance"] = asyncio.ensure_future(answering)
        connection["application_instance"].add_done_callback(lambda _: intake.close())
        return intake.queue

    async def handle_reply(self, protocol, message):
        gate = self.connections.get(protocol, {}).get("gate")
        if gate and message["type"] == "http.response.body" and not message.get("more_body"):
            if protocol.channel and not protocol.finished:
                protocol.unregisterProducer()
            gate.stopProducing()
        await super().handle_reply(protocol, message)
        if gate:
            await gate.passage()

    def kill_all_applications(self):
        """Before the reactor stops: end the runs, then the requests."""
        stopping = asyncio.ensure_future(_within(worker.stop_here(), seconds=2))
        return Deferred.fromFuture(stopping).addCallback(lambda _: self._kill_the_rest())

    def _kill_the_rest(self):
        # A half-received request has no application yet; daphne would trip over it.
        self.connections = {
            protocol: details
            for protocol, details in self.connections.items()
            if "application_instance" in details
        }
        return super().kill_all_applications()


def serve(application, host: str, port: int) -> None:
    """Serve `application` on host:port until SIGTERM or Ctrl-C, with this process's worker."""
    endpoints = build_endpoint_description_strings(host=host, port=port)
    server = Server(
        application,
        endpoints=endpoints,
        server_name="rivulet",
        websocket_max_message_size=MOST_HEARD,
        websocket_max_frame_size=MOST_HEARD,
    )
    reactor.callLater(0, worker.start_here)  # on the running loop
    server.run()
    # Python would join its threads before it goes, and those of requests in mid-answer wait for
    # the loop, which is no more. What lasts is in the database by now (law 9).
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)


async def _within(coroutine, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(coroutine, seconds)
