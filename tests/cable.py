"""A cable between a browser and a server that can be pulled out, or go dead, and be mended."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer

RESET = struct.pack("ii", 1, 0)


class Cable(ThreadingTCPServer):
    """Passes bytes on to `target`, a port of this machine. While it is pulled every connection,
    old or new, is reset; while it is dead none is, and nothing comes through."""

    daemon_threads = True
    target: int

    def __init__(self, target: int) -> None:
        super().__init__(("127.0.0.1", 0), Connection)
        self.target = target
        self.is_pulled = False
        self.is_alive = threading.Event()
        self.is_alive.set()
        self.connections: set[socket.socket] = set()
        self.forgotten: set[socket.socket] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def pull(self) -> None:
        self.is_pulled = True
        for connection in tuple(self.connections):
            reset(connection)

    def die(self) -> None:
        self.is_alive.clear()

    def forget(self) -> None:
        """As a router does that was restarted: what was connected never hears of it again."""
        self.forgotten |= self.connections

    def mend(self) -> None:
        self.is_pulled = False
        self.is_alive.set()


class Connection(BaseRequestHandler):
    def handle(self) -> None:
        if self.server.is_pulled:
            return reset(self.request)
        self.server.is_alive.wait()
        with suppress(OSError):
            behind = socket.create_connection(("127.0.0.1", self.server.target))
            self.server.connections |= {self.request, behind}
            back = threading.Thread(target=self.pass_on, args=[behind, self.request], daemon=True)
            back.start()
            self.pass_on(self.request, behind)
            back.join()
            self.server.connections -= {self.request, behind}
            behind.close()

    def pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                self.server.is_alive.wait()
                if target not in self.server.forgotten:
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
        cable.mend()
        cable.pull()
        cable.shutdown()
