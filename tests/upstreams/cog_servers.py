"""Real Cog servers for tests: with Rivulet's streaming wrapper, or bare."""

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from predictions.local_cog import LocalCog
from tests.running import free_port

PREDICTORS = Path(__file__).parent.parent / "predictors"


@contextmanager
def wrapped(file: str, predictor: str, home: Path, *, wait: bool = True):
    """A server as `manage.py cog` starts it; without `wait` it may still be in its setup."""
    server = LocalCog(PREDICTORS / file, predictor, home, log=lambda line: None)
    server.start()
    try:
        if wait:
            asyncio.run(server.ready())
        yield server
    finally:
        server.stop()


class Bare:
    """A Cog server without a schema, so without an event stream, as the post's reader starts it."""

    def __init__(self, file: str, predictor: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._ref = f"{file}:{predictor}"

    def start(self) -> None:
        bin_folder = Path(sys.executable).parent
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cog.server.http", "--host", "127.0.0.1"],
            cwd=PREDICTORS,
            env={
                **os.environ,
                "PATH": f"{bin_folder}:{os.environ['PATH']}",
                "PORT": str(self.port),
                "COG_PREDICT_TYPE_STUB": self._ref,
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(500):
            if status(self.url) == "READY":
                return
            time.sleep(0.02)
        raise AssertionError("the Cog server did not start")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def bare(file: str, predictor: str):
    server = Bare(file, predictor)
    try:
        server.start()
        yield server
    finally:
        server.process.terminate()
        server.process.wait()


def status(url: str) -> str:
    try:
        with urllib.request.urlopen(f"{url}/health-check", timeout=1) as response:
            return json.load(response)["status"]
    except OSError:
        return "DOWN"
