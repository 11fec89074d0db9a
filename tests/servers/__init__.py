"""Servers that the tests talk to, each a process of its own."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import ClassVar, Self

ROOT = Path(__file__).resolve().parents[2]


class ScriptedServer:
    """`scripted.py` under test: plays `routes`, with a fault where the base URL asks for one."""

    def __init__(self, routes: dict[str, dict]) -> None:
        self._routes = routes

    def __enter__(self) -> "ScriptedServer":
        program = Path(__file__).with_name("scripted.py")
        self._process = subprocess.Popen(
            [sys.executable, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._process.stdin.write(json.dumps(self._routes).encode())
        self._process.stdin.close()
        self.origin = f"http://127.0.0.1:{int(self._process.stdout.readline())}"
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def at(self, fault: str, count: int) -> str:
        """The base URL under which the faulty routes break: "cut" after 17 bytes, and so on."""
        return f"{self.origin}/{fault}/{count}"

    @property
    def seen(self) -> list[dict]:
        """The requests so far: method, path (without the fault), headers and body of each."""
        with urllib.request.urlopen(f"{self.origin}/_seen") as response:
            return json.load(response)


class ChatServer:
    """A chat protocol's server under test: its base URL, and what it saw."""

    kind: ClassVar[str]
    path: ClassVar[str] = ""

    def __enter__(self) -> Self:
        program = f"{__name__}.{self.kind}_server"
        self._process = subprocess.Popen(
            [sys.executable, "-m", program, "--port", "0"], cwd=ROOT, stdout=subprocess.PIPE
        )
        self.origin = f"http://127.0.0.1:{int(self._process.stdout.readline())}"
        self.url = f"{self.origin}{self.path}"
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

    @property
    def last_headers(self) -> dict[str, str]:
        return self.stats["headers"][-1]


class OpenAIServer(ChatServer):
    kind = "openai"
    path = "/v1"


class AnthropicServer(ChatServer):
    kind = "anthropic"


class OllamaServer(ChatServer):
    kind = "ollama"
