"""A private Redis for the tests, a process of its own that can be killed, paused and revived."""

import signal
import socket
import subprocess

from tests.running import free_port, wait_until


class PrivateRedis:
    def __init__(self, folder: str) -> None:
        self._port, self._folder = free_port(), folder
        self.url = f"redis://127.0.0.1:{self._port}"
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        address = ["--bind", "127.0.0.1", "--port", str(self._port)]
        self._process = subprocess.Popen(
            ["redis-server", *address, "--dir", self._folder, "--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL,
        )
        wait_until(self._answers, seconds=10)

    def kill(self) -> None:
        """kill -9: what it knew is gone."""
        self._process.kill()
        self._process.wait(10)

    def pause(self) -> None:
        """It still takes connections, and answers nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def revive(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(7) == b"+PONG\r\n"
        except OSError:
            return False
