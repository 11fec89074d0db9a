import socket
import threading
import time
from contextlib import contextmanager

import pytest
from asgiref.sync import async_to_sync

from predictions import discovery
from predictions.models import LanguageModel, Upstream

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_to_find(monkeypatch):
    monkeypatch.setattr(discovery, "LOCAL", {})
    for service in discovery.REMOTE.values():
        monkeypatch.delenv(service.key_env, raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


@pytest.fixture
def ollama(server, monkeypatch):
    monkeypatch.setattr(discovery, "LOCAL", {"ollama": server.url})
    return server


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
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        listener.shutdown(socket.SHUT_RDWR)
        for connection in kept:
            connection.close()


def discover() -> None:
    async_to_sync(discovery.discover)()


def test_a_local_server_is_found_with_its_models(ollama, caplog):
    discover()

    upstream = Upstream.objects.get()
    assert (upstream.name, upstream.kind, upstream.base_url) == ("ollama", "openai", ollama.url)
    assert LanguageModel.objects.filter(owner="ollama", name="words").exists()
    assert not LanguageModel.objects.filter(name="whisper-1").exists()
    assert len([record for record in caplog.records if "Found ollama" in record.message]) == 1


def test_finding_it_again_adds_nothing(ollama):
    discover()
    count = LanguageModel.objects.count()
    discover()

    assert (Upstream.objects.count(), LanguageModel.objects.count()) == (1, count)


def test_an_upstream_that_an_operator_disabled_stays_disabled(ollama):
    Upstream.objects.create(name="mine", kind="openai", base_url=ollama.url, enabled=False)
    discover()

    assert Upstream.objects.get().enabled is False
    assert not LanguageModel.objects.exists()


def test_an_upstream_that_an_operator_added_gets_no_double(ollama):
    Upstream.objects.create(
        name="mine", kind="openai", base_url=f"{ollama.url}/".replace("127.0.0.1", "localhost")
    )
    discover()

    assert Upstream.objects.get().name == "mine"
    assert LanguageModel.objects.filter(owner="mine", name="words").exists()


def test_a_name_that_is_taken_gets_a_number(ollama):
    Upstream.objects.create(name="ollama", kind="cog", base_url="http://127.0.0.1:2")
    discover()

    assert Upstream.objects.filter(name="ollama-2", base_url=ollama.url).exists()


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
def test_what_is_no_model_server_is_passed_over(monkeypatch, content):
    with answering(content) as url:
        monkeypatch.setattr(discovery, "LOCAL", {"ollama": url})
        start = time.monotonic()
        discover()

    assert not Upstream.objects.exists()
    assert time.monotonic() - start < 2


def test_slow_servers_are_waited_for_together(monkeypatch):
    with answering(None) as url:
        monkeypatch.setattr(discovery, "LOCAL", {f"slow-{i}": f"{url}/{i}" for i in range(5)})
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


def test_a_token_of_our_own_finds_no_upstream(monkeypatch):
    monkeypatch.setenv("REPLICATE_API_TOKEN", "riv_secret")

    assert not discovery._is_theirs("riv_secret")
    discover()
    assert not Upstream.objects.exists()
    assert discovery._is_theirs("r8_secret")
