"""A cable between a browser and a server that can be pulled out and put back in."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer

RESET = struct.pack("ii", 1, 0)


class Cable(ThreadingTCPServer):
    """Passes bytes on to `target`, a port of this machine. While it is pulled every connection,
    old or new, is reset."""

    daemon_threads = True
    target: int

    def __init__(self, target: int) -> None:
        super().__init__(("127.0.0.1", 0), Connection)
        self.target = target
        self.is_pulled = False
        self.connections: set[socket.socket] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def pull(self) -> None:
        self.is_pulled = True
        for connection in tuple(self.connections):
            reset(connection)

    def mend(self) -> None:
        self.is_pulled = False


class Connection(BaseRequestHandler):
    def handle(self) -> None:
        if self.server.is_pulled:
            return reset(self.request)
        with suppress(OSError):
            behind = socket.create_connection(("127.0.0.1", self.server.target))
            self.server.connections |= {self.request, behind}
            back = threading.Thread(target=pass_on, args=[behind, self.request], daemon=True)
            back.start()
            pass_on(self.request, behind)
            back.join()
            self.server.connections -= {self.request, behind}
            behind.close()


def pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def reset(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def cable_to(port: int) -> Iterator[Cable]:
    with Cable(port) as cable:
        threading.Thread(target=cable.serve_forever, daemon=True).start()
        yield cable
        cable.pull()
        cable.shutdown()
