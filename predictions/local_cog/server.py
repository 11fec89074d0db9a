"""A Cog server as a child process: started, waited for, stopped with all that it started."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from predictions.upstreams import UpstreamError
from predictions.upstreams.cog_health import ask_health

LEASH = Path(__file__).with_name("leash.py")
RUNNER = Path(__file__).with_name("streaming_runner.py")
STOP_SECONDS = 5
POLL_SECONDS = 0.1
HEALTH_SECONDS = 1.0  # how often its health is asked while it serves
SETUP_FAILED = "The predictor's setup failed."
# What a predictor's setup prints, among the lines that Cog logs.
SETUP_LOGS = {"coglet::setup", "coglet::user"}


class NotReady(Exception):
    """The server did not come up. The message is a sentence, and the end of its log."""


class LocalCog:
    """One predictor's server, which can be started again. `home` is a folder of its own.

    `log` gets each line that the predictor prints during its setup.
    """

    def __init__(
        self, file: Path, predictor: str, home: Path, *, port: int = 0, log: Callable[[str], object]
    ) -> None:
        self.file, self.predictor, self.home = file.resolve(), predictor, home
        self.port = port
        self._log = log
        self.tail: deque[str] = deque(maxlen=20)
        self._process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        """Where it serves. Another place after a start that found its port taken by others."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the server. It is in a session of its own, so that Ctrl-C reaches only us."""
        self.port = _free_port(self.port)
        self.tail.clear()
        self.home.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(
            [sys.executable, LEASH, "--host", "127.0.0.1"],
            cwd=self.home,
            env=self._environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        threading.Thread(target=self._read_log, daemon=True).start()

    async def ready(self) -> None:
        """Return once it can predict. Raises NotReady."""
        while self.is_running:
            with contextlib.suppress(UpstreamError):
                health = await ask_health(self.url)
                if health.is_dead:
                    raise NotReady("\n".join([SETUP_FAILED, *health.setup_lines()]))
                if health.status not in {"", "STARTING"}:
                    return
            await asyncio.sleep(POLL_SECONDS)
        raise NotReady("\n".join(["The Cog server ended while it was starting.", *self.tail]))

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def dead(self) -> str:
        """Return once it predicts no more, and say how that came, like "was killed by SIGKILL"."""
        asked_at = 0.0
        while self.is_running:
            if time.monotonic() - asked_at > HEALTH_SECONDS:
                asked_at = time.monotonic()
                with contextlib.suppress(UpstreamError):
                    health = await ask_health(self.url)
                    if health.is_dead:
                        failed = health.status == "SETUP_FAILED"
                        return "could not be set up" if failed else "lost its worker"
            await asyncio.sleep(POLL_SECONDS)
        code = self._process.returncode
        if code < 0:
            return f"was killed by {signal.Signals(-code).name}"
        return f"ended by itself with code {code}"

    def stop(self) -> None:
        """End the server and its workers. Can be repeated."""
        if self._process is None:
            return
        self._signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
        self._signal(signal.SIGKILL)
        self._process.wait()
        self._process.stdin.close()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def _environment(self) -> dict[str, str]:
        """The worker is started as `python`, so this Python's folder comes first on PATH."""
        bin_folder = Path(sys.executable).parent
        return {
            **os.environ,
            "PATH": f"{bin_folder}{os.pathsep}{os.environ.get('PATH', '')}",
            "PORT": str(self.port),
            "COG_PREDICT_TYPE_STUB": f"{RUNNER}:Runner",
            "RIVULET_COG_PREDICTOR": f"{self.file}:{self.predictor}",
            "PYTHONUNBUFFERED": "1",
        }

    def _read_log(self) -> None:
        with self._process.stdout as lines:
            for line in lines:
                if text := self._own_words(line.decode(errors="replace").rstrip()):
                    self.tail.append(text)
                    self._log(text)

    @staticmethod
    def _own_words(line: str) -> str:
        """What the predictor or Python printed; "" for Cog's own lines, unless they are errors."""
        try:
            entry = json.loads(line)
            message, level = entry["fields"]["message"], entry["level"]
        except (ValueError, KeyError, TypeError):
            return line
        is_ours = entry.get("target") in SETUP_LOGS or level == "ERROR"
        return str(message) if is_ours and "DeprecationWarning" not in str(message) else ""


def _free_port(wanted: int) -> int:
    """The port that is wanted, where it is free, else any."""
    with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", wanted)) as listener:
        return listener.getsockname()[1]
    return _free_port(0)
