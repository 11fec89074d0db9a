"""A TCP proxy that cuts connections in mid-stream, as networks do, and hurries who comes back."""

import socket
import struct
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer

# As the first chunk of a chunked body: an EventSource waits three seconds if nobody says so.
RETRY = b"retry: 50\n\n"
HURRY = b"%x\r\n%s\r\n" % (len(RETRY), RETRY)
RESET = struct.pack("ii", 1, 0)


@contextmanager
def cutting_proxy(port: int, cuts: Iterable[int | None], *, hurry: bytes = HURRY) -> Iterator[int]:
    """The port of a proxy to `port`: its n-th connection is reset after `cuts[n]` bytes.

    `hurry` comes first in each body: b"" where bodies are not event streams only.
    """
    with Proxy(("127.0.0.1", 0), Connection) as proxy:
        proxy.target, proxy.cuts, proxy.hurry = port, iter(cuts), hurry
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        yield proxy.server_address[1]
        proxy.shutdown()


class Proxy(ThreadingTCPServer):
    daemon_threads = True
    target: int
    cuts: Iterator[int | None]
    hurry: bytes


class Connection(BaseRequestHandler):
    def handle(self) -> None:
        left = next(self.server.cuts, None)
        with socket.create_connection(("127.0.0.1", self.server.target)) as behind:
            threading.Thread(target=self._pass_on, args=[behind], daemon=True).start()
            head = behind.recv(65536)
            headers, end, rest = head.partition(b"\r\n\r\n")
            self.request.sendall(headers + end + self.server.hurry)
            while rest and (left is None or left > len(rest)):
                self.request.sendall(rest)
                left = None if left is None else left - len(rest)
                rest = behind.recv(65536)
            if rest:
                self.request.sendall(rest[:left])
                self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

    def _pass_on(self, behind: socket.socket) -> None:
        with suppress(OSError):
            while asked := self.request.recv(65536):
                behind.sendall(asked)
