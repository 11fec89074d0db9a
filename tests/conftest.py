import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.private_redis import PrivateRedis
from tests.running import RunningServer
from tests.servers import OpenAIServer

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium-headless-shell")


@pytest.fixture(scope="session")
def first_run(tmp_path_factory) -> RunningServer:
    """What a first run leaves behind; the servers of the tests start from copies of it."""
    server = RunningServer({"DATA_DIR": str(tmp_path_factory.mktemp("first") / "data")})
    server.start()
    server.terminate()
    return server


def copy_of(first_run: RunningServer, data_dir: Path, environment=(), **how) -> RunningServer:
    if not data_dir.exists():
        shutil.copytree(first_run.data_dir, data_dir)
    server = RunningServer({"DATA_DIR": str(data_dir), **dict(environment)}, **how)
    server.token, server.password = first_run.token, first_run.password
    return server


@pytest.fixture
def make_server(first_run, tmp_path):
    """Starts real servers, each `manage.py up` in a process of its own; ends them with the test.

    Servers of one test share a data folder.
    """
    servers = []

    def make(command: str = "manage.py up", **environment: str) -> RunningServer:
        server = copy_of(first_run, tmp_path / "data", environment, command=command)
        servers.append(server)
        server.start()
        return server

    yield make
    for server in servers:
        server.kill()


@pytest.fixture(scope="module")
def server(first_run, tmp_path_factory):
    """One real server for the tests of a module that leave it as they found it."""
    running = copy_of(first_run, tmp_path_factory.mktemp("server") / "data")
    running.start()
    yield running
    running.kill()


@pytest.fixture
def redis(tmp_path):
    """A real Redis. Where there is none the test is skipped, but not in CI."""
    if not shutil.which("redis-server") and not os.environ.get("CI"):
        pytest.skip("Redis is missing: apt install redis-server")
    running = PrivateRedis(str(tmp_path))
    running.start()
    yield running
    running.kill()


@pytest.fixture(scope="module")
def openai_server():
    """A real OpenAI-compatible server that streams with real spacing and can misbehave."""
    with OpenAIServer() as running:
        yield running


@pytest.fixture(scope="module")
def browser():
    """A real Chromium. Where there is none the test is skipped, but not in CI."""
    if not Path(CHROMIUM).exists() and not os.environ.get("CI"):
        pytest.skip(f"{CHROMIUM} is missing: apt install chromium-headless-shell, or set CHROMIUM")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()
