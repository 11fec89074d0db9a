"""The official JavaScript client, run by Node: one process a scenario."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.running import RunningServer

HERE = Path(__file__).resolve().parent
LOCK = HERE / "package-lock.json"
INSTALLED = HERE / "node_modules" / ".digest"


class Ran(NamedTuple):
    """What a scenario returned or threw, and the requests that the client sent for it."""

    result: object
    error: dict | None
    requests: list[dict]


class JavaScript:
    def __init__(self, server: RunningServer) -> None:
        self.server = server

    def __call__(self, scenario: str, **arguments: object) -> object:
        """What the scenario returned."""
        ran = self.play(scenario, **arguments)
        assert ran.error is None, ran.error
        return ran.result

    def play(self, scenario: str, token: str = "", **arguments: object) -> Ran:
        told = {
            "scenario": scenario,
            "url": self.server.url,
            "token": token or self.server.token,
            "arguments": arguments,
        }
        finished = subprocess.run(
            ["node", "run.mjs"],
            cwd=HERE,
            input=json.dumps(told),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert finished.returncode == 0, finished.stderr
        said = json.loads(finished.stdout)
        return Ran(said.get("result"), said.get("error"), said["requests"])


def install() -> None:
    """`npm ci` where node_modules is not what the lock file says; one process at a time."""
    if not shutil.which("npm"):
        miss("npm is missing: apt install nodejs npm")
    with LOCK.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        digest = hashlib.sha256(lock.read().encode()).hexdigest()
        if INSTALLED.exists() and INSTALLED.read_text() == digest:
            return
        finished = subprocess.run(["npm", "ci"], cwd=HERE, capture_output=True, text=True)
        if finished.returncode:
            miss(f"npm ci failed: {finished.stderr}")
        INSTALLED.write_text(digest)


def miss(reason: str) -> None:
    """Skip what needs it, but not in CI."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
