"""A receiver of webhooks on loopback, which answers as it is told to and notes what it heard."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from tests.running import wait_until


class Message(NamedTuple):
    path: str
    headers: dict[str, str]
    body: bytes
    at: float  # seconds on the monotonic clock

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def prediction(self) -> dict:
        return json.loads(self.body)


class Receiver(ThreadingHTTPServer):
    """`answers` are the statuses to answer with, 200 once they are used up; 0 is a tarpit, which
    says nothing until the receiver closes. Each answer comes after `delay` seconds."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, *answers: int, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__((host, port), Handler)
        self.answers = list(answers)
        self.messages: list[Message] = []
        self.delay = 0.0
        self.closing = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,))

    def __enter__(self) -> "Receiver":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.shutdown()
        self._thread.join()
        self.server_close()

    def completed(self) -> Message:
        """The message that tells of the end, once it is there."""
        wait_until(lambda: self._ended(), seconds=10)
        return self._ended()[0]

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]}:{self.server_port}/hook?key=a%2Fb"

    def _ended(self) -> list[Message]:
        return [each for each in self.messages if each.prediction["completed_at"]]

    def handle_error(self, request, client_address) -> None:
        pass  # whoever posted has hung up


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.messages.append(Message(self.path, headers, body, time.monotonic()))
        status = self.server.answers.pop(0) if self.server.answers else 200
        if not status:
            self.server.closing.wait(60)
            return
        self.server.closing.wait(self.server.delay)
        self.send_response(status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_: object) -> None:
        pass
