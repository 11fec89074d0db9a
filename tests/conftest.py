import pytest

from tests.running import RunningServer


@pytest.fixture
def make_server(tmp_path):
    """Starts real servers, each `manage.py up` in a process of its own; ends them with the test."""
    servers = []

    def make(**environment: str) -> RunningServer:
        environment.setdefault("DATA_DIR", str(tmp_path / "data"))
        server = RunningServer(environment)
        servers.append(server)
        server.start()
        return server

    yield make
    for server in servers:
        server.kill()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One real server for the tests of a module that leave it as they found it."""
    running = RunningServer({"DATA_DIR": str(tmp_path_factory.mktemp("server"))})
    running.start()
    yield running
    running.kill()
