"""A webhook receiver on loopback: keeps the headers and the exact body of each message."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from tests.running import wait_until


class Message(NamedTuple):
    headers: dict[str, str]  # names in lower case
    body: str

    @property
    def prediction(self) -> dict:
        return json.loads(self.body)


class Receiver(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.messages: list[Message] = []
        self.url = f"http://127.0.0.1:{self.server_port}/hook?of=mine"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *exception: object) -> None:
        self.shutdown()
        super().__exit__(*exception)

    def completed(self) -> Message:
        """The message that tells of the end, once it is there."""
        wait_until(lambda: self._ended(), seconds=10)
        return self._ended()[0]

    def _ended(self) -> list[Message]:
        return [each for each in self.messages if each.prediction["completed_at"]]


class Answer(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.messages.append(Message(headers, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass
