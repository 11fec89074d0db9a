import httpx
import pytest
from replicate.client import Client

from tests.conftest import copy_of
from tests.running import RunningServer

from . import javascript as node


@pytest.fixture(scope="session")
def server(first_run, tmp_path_factory) -> RunningServer:
    """One real server for all these tests, without rate limits; it may send webhooks to us."""
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


@pytest.fixture(scope="session")
def javascript(npm, server) -> node.JavaScript:
    return node.JavaScript(server)


class Requests(list):
    """What the Python client has sent, oldest first."""

    def __call__(self, request: httpx.Request) -> None:
        self.append(request)

    def headers(self, name: str) -> list[str | None]:
        return [request.headers.get(name) for request in self]

    @property
    def paths(self) -> list[str]:
        return [request.url.path for request in self]


@pytest.fixture
def requests() -> Requests:
    return Requests()


@pytest.fixture
def replicate(server, requests, monkeypatch):
    """The official Python client."""
    monkeypatch.setenv("REPLICATE_POLL_INTERVAL", "0.05")
    client = Client(server.token, base_url=server.url, event_hooks={"request": [requests]})
    yield client
    client._client.close()
