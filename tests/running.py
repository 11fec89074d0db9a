"""A real server under test: `manage.py up` as a subprocess, spoken to over HTTP only."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
STORY = "58d078176e02c219e11eb4da5a02a7830a283b14cf8f94537af893ccff5ee781"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class RunningServer:
    """`environment` are settings; `token` and `password` are read off the first run's welcome."""

    def __init__(self, environment: dict[str, str], command: str = "manage.py up") -> None:
        port = str(free_port())
        self.environment = {
            "PORT": port,
            "ENV_FILE": os.devnull,
            "DISCOVER_UPSTREAMS": "false",
            **environment,
        }
        self.url = f"http://127.0.0.1:{self.environment['PORT']}"
        self.token = self.password = ""
        self.data_dir = Path(environment["DATA_DIR"])
        self.log = self.data_dir.with_name(f"{self.data_dir.name}-{port}.log")
        self.process: subprocess.Popen | None = None
        self._command = command.format(port=port).split()

    def start(self) -> None:
        """Start (again), and wait until it answers."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self._command],
                cwd=ROOT,
                # Not for commands: `manage.py cog` starts a server of Cog's, which warns.
                env={"PYTHONWARNINGS": "error::DeprecationWarning"} | self._environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_until(self._answers, seconds=90, why=self.output)
        if match := re.search(r"password: (\S+)\s+Token\s+(\S+)", self.output()):
            self.password, self.token = match.groups()

    def kill(self) -> None:
        """kill -9: no clean-up of its own runs."""
        self._end(signal.SIGKILL)

    def terminate(self) -> None:
        self._end(signal.SIGTERM)

    def pause(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def revive(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def output(self) -> str:
        return self.log.read_text()

    def manage(self, *arguments: str, typed: str = "") -> str:
        """Run a management command on the server's data; its standard output."""
        finished = self.attempt(*arguments, typed=typed)
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    def attempt(self, *arguments: str, typed: str = "") -> subprocess.CompletedProcess:
        """The same, whether or not it goes well."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self._environment(),
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def shell(self, code: str, typed: str = "") -> str:
        """Run Python on the server's data; what it printed."""
        return self.manage("shell", "-v0", "-c", code, typed=typed)

    def stranger(self, name: str) -> dict[str, str]:
        """The headers of another user, made for this."""
        token = self.shell(
            "from django.contrib.auth.models import User; from predictions.models import ApiToken; "
            f"print(ApiToken.make(User.objects.create_user('{name}'), 'x'))"
        )
        return {"Authorization": f"Bearer {token.strip()}"}

    @contextmanager
    def running(self, *arguments: str, until: str) -> Iterator[str]:
        """A management command that goes on until it is interrupted; what it said by `until`."""
        process = subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said = ""
        try:
            while until not in said:
                line = process.stdout.readline()
                assert line, said
                said += line
            yield said
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=15)

    def memory(self, kind: str = "RSS") -> int:
        """Resident bytes of the server's process."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"Vm{kind}:\s+(\d+) kB", status)[1]) * 1024

    @contextmanager
    def grows_at_most(self, extra: int) -> Iterator[None]:
        """Meanwhile its memory grows by at most `extra` bytes, also for a moment only."""
        before = self.memory()
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")  # forget the highest mark
        yield
        assert self.memory("HWM") - before < extra

    # The API

    def create(self, version: str = STORY, **input: object) -> dict:
        input = {"prompt": "Tell me a story", "max_new_tokens": 60, "seed": 1} | input
        response = self.post("/v1/predictions", {"version": version, "input": input})
        assert response.status_code == 201, response.text
        return response.json()

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, headers=self.authorization, timeout=30)

    def post(self, path: str, body: dict | None = None) -> httpx.Response:
        content = json.dumps(body)  # in ASCII, so that half an emoji can be sent
        return httpx.post(self.url + path, content=content, headers=self.authorization, timeout=30)

    def prediction(self, id: str) -> dict:
        return self.get(f"/v1/predictions/{id}").json()

    def ended(self, id: str, seconds: float = 30) -> dict:
        """The prediction once it has ended."""
        wait_until(lambda: self.prediction(id)["completed_at"], seconds)
        return self.prediction(id)

    def metric(self, name: str) -> float:
        lines = self.get("/metrics").text.splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))

    @property
    def authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def _environment(self) -> dict[str, str]:
        kept = ("PATH", "HOME", "LANG", "DATABASE_URL")
        return {k: v for k, v in os.environ.items() if k in kept and v} | self.environment

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.output()
        try:
            return httpx.get(self.url + "/healthz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def _end(self, number: int) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.send_signal(signal.SIGCONT)
            self.process.wait(15)


def wait_until(condition, seconds: float, why=lambda: "") -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s. {why()}"
        time.sleep(0.05)
