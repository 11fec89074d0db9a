"""Servers that the tests talk to, each a process of its own."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path


class OpenAIServer:
    """`openai_server.py` under test: its base URL, and what it saw."""

    def __enter__(self) -> "OpenAIServer":
        program = Path(__file__).with_name("openai_server.py")
        self._process = subprocess.Popen(
            [sys.executable, program, "--port", "0"], stdout=subprocess.PIPE
        )
        self.origin = f"http://127.0.0.1:{int(self._process.stdout.readline())}"
        self.url = f"{self.origin}/v1"
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    @property
    def stats(self) -> dict:
        with urllib.request.urlopen(f"{self.origin}/stats") as response:
            return json.load(response)

    @property
    def last_request(self) -> dict:
        return self.stats["requests"][-1]
