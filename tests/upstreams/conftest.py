import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

SERVER = Path(__file__).parent.parent / "servers" / "openai_server.py"


class Server:
    """The test server of tests/servers, in a process of its own."""

    def __init__(self, port: int) -> None:
        self.origin = f"http://127.0.0.1:{port}"
        self.url = f"{self.origin}/v1"

    @property
    def stats(self) -> dict:
        with urllib.request.urlopen(f"{self.origin}/stats") as response:
            return json.load(response)

    @property
    def last_request(self) -> dict:
        return self.stats["requests"][-1]


@pytest.fixture
def server():
    process = subprocess.Popen([sys.executable, SERVER, "--port", "0"], stdout=subprocess.PIPE)
    try:
        yield Server(int(process.stdout.readline()))
    finally:
        process.kill()
        process.communicate()
