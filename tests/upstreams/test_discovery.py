import socket
import threading
import time
from contextlib import contextmanager

import pytest
from asgiref.sync import async_to_sync

from predictions import discovery
from predictions.discovery import Service
from predictions.models import LanguageModel, Upstream
from tests.servers import AnthropicServer, OllamaServer, OpenAIServer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_to_find(monkeypatch):
    monkeypatch.setattr(discovery, "LOCAL", {})
    for service in discovery.REMOTE.values():
        monkeypatch.delenv(service.key_env, raising=False)
        monkeypatch.delenv(service.base_url_env, raising=False)


@pytest.fixture
def ollama(monkeypatch):
    with OllamaServer() as server:
        monkeypatch.setattr(discovery, "LOCAL", {"ollama": Service("ollama", server.url)})
        yield server


def at(kind: str, *urls: str) -> dict[str, Service]:
    return {f"local-{number}": Service(kind, url) for number, url in enumerate(urls)}


@contextmanager
def answering(content: bytes | None):
    """A server that answers everything with `content`, or never where that is None."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        kept = []

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                kept.append(connection)
                if content is not None:
                    connection.recv(65536)
                    connection.sendall(content)
                    connection.close()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        for connection in kept:
            connection.close()


def discover() -> None:
    async_to_sync(discovery.discover)()


def test_a_local_server_is_found_with_its_models(ollama, caplog):
    discover()

    upstream = Upstream.objects.get()
    assert (upstream.name, upstream.kind, upstream.base_url) == ("ollama", "ollama", ollama.url)
    assert LanguageModel.objects.filter(owner="ollama", name="words").exists()
    assert not LanguageModel.objects.filter(name__startswith="nomic").exists()
    assert len([record for record in caplog.records if "Found ollama" in record.message]) == 1


def test_finding_it_again_adds_nothing(ollama):
    discover()
    count = LanguageModel.objects.count()
    discover()

    assert (Upstream.objects.count(), LanguageModel.objects.count()) == (1, count)


def test_an_upstream_that_an_operator_disabled_stays_disabled(ollama):
    Upstream.objects.create(name="mine", kind="ollama", base_url=ollama.url, enabled=False)
    discover()

    assert Upstream.objects.get().enabled is False
    assert not LanguageModel.objects.exists()


def test_an_upstream_that_an_operator_added_gets_no_double(ollama):
    Upstream.objects.create(
        name="mine", kind="ollama", base_url=f"{ollama.url}/".replace("127.0.0.1", "localhost")
    )
    discover()

    assert Upstream.objects.get().name == "mine"
    assert LanguageModel.objects.filter(owner="mine", name="words").exists()


def test_a_name_that_is_taken_gets_a_number(ollama):
    Upstream.objects.create(name="ollama", kind="cog", base_url="http://127.0.0.1:2")
    discover()

    assert Upstream.objects.filter(name="ollama-2", base_url=ollama.url).exists()


@pytest.mark.parametrize("kind", ["ollama", "openai"])
@pytest.mark.parametrize(
    "content",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<html>hi</html>",
        b'HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{"results":[]}',
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
        None,
    ],
)
def test_what_is_no_model_server_is_passed_over(monkeypatch, content, kind):
    with answering(content) as url:
        monkeypatch.setattr(discovery, "LOCAL", at(kind, url))
        start = time.monotonic()
        discover()

    assert not Upstream.objects.exists()
    assert time.monotonic() - start < 2


def test_slow_servers_are_waited_for_together(monkeypatch):
    with answering(None) as url:
        monkeypatch.setattr(discovery, "LOCAL", at("openai", *(f"{url}/{i}" for i in range(5))))
        start = time.monotonic()
        discover()

    assert time.monotonic() - start < 2


def test_a_key_in_the_environment_is_an_upstream(server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    discover()

    upstream = Upstream.objects.get()
    assert (upstream.name, upstream.key_env, upstream.key) == (
        "openai",
        "OPENAI_API_KEY",
        "sk-test",
    )
    assert upstream.base_url == server.url


def test_anthropics_key_in_the_environment_is_an_upstream(monkeypatch):
    with AnthropicServer() as server:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        discover()

    upstream = Upstream.objects.get()
    assert (upstream.name, upstream.kind, upstream.key_env, upstream.base_url) == (
        "anthropic",
        "anthropic",
        "ANTHROPIC_API_KEY",
        server.url,
    )
    assert LanguageModel.objects.get(owner="anthropic", name="strict").description == "Strict"


def test_an_ollama_that_was_once_found_as_an_openai_server_goes_on_as_that(monkeypatch):
    with OpenAIServer() as server:
        monkeypatch.setattr(discovery, "LOCAL", at("ollama", server.origin))
        Upstream.objects.create(name="ollama", kind="openai", base_url=server.url)
        discover()

    upstream = Upstream.objects.get()
    assert (upstream.kind, upstream.base_url) == ("openai", server.url)
    assert LanguageModel.objects.filter(owner="ollama", name="no-done-marker").exists()


def test_an_upstream_that_is_known_is_asked_with_its_own_key(server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    mine = Upstream(name="mine", kind="openai", base_url=server.url)
    mine.key, mine.headers = "sk-mine", {"X-Team": "blue"}
    mine.save()
    discover()

    asked = server.stats["asked"][-1]
    assert (asked["authorization"], asked["x-team"]) == ("Bearer sk-mine", "blue")


def test_an_upstream_whose_key_cannot_be_read_is_passed_over(server, monkeypatch, caplog):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    Upstream.objects.create(
        name="mine", kind="openai", base_url=server.url, encrypted_key="not of this ring"
    )
    discover()

    assert "openai is passed over: The key of the model's server cannot be read." in caplog.text
    assert not server.stats["asked"]


def test_a_token_of_our_own_finds_no_upstream(monkeypatch):
    replicate = discovery.REMOTE["replicate"]
    monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_secret")
    theirs = replicate.key
    monkeypatch.setenv("REPLICATE_API_TOKEN", "riv_secret")
    discover()

    assert (theirs, replicate.key) == ("r8_secret", "")
    assert not Upstream.objects.exists()
