import pytest

from tests.conftest import copy_of
from tests.running import RunningServer

from . import javascript as node


@pytest.fixture(scope="module")
def server(first_run, tmp_path_factory) -> RunningServer:
    """One real server a module: without rate limits, and with webhooks to this machine allowed."""
    running = copy_of(
        first_run,
        tmp_path_factory.mktemp("clients") / "data",
        {
            "RATE_LIMIT_CREATES": "0",
            "RATE_LIMIT_REQUESTS": "0",
            "WEBHOOK_ALLOW_PRIVATE": "true",
            "LOG_LEVEL": "DEBUG",
        },
    )
    running.start()
    yield running
    running.kill()


@pytest.fixture(scope="session")
def npm() -> None:
    node.install()


@pytest.fixture(scope="module")
def javascript(npm, server) -> node.JavaScript:
    return node.JavaScript(server)
