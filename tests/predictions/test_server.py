"""What daphne lacks and we add: see the findings on streaming bodies, slow readers and shutdown."""

import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import SimpleNamespace

import httpx
import pytest

from bench import stuck_reader
from tests.listening import listen, words
from tests.running import ROOT, free_port, wait_until


@pytest.fixture
def failing_server():
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.servers.failing_app", str(port)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    url = f"http://127.0.0.1:{port}"
    wait_until(lambda: answers(url), seconds=15)
    yield SimpleNamespace(url=url, process=process)
    process.kill()
    process.communicate()


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def test_a_body_that_fails_half_way_ends_at_once(failing_server):
    started = time.monotonic()

    response = httpx.get(f"{failing_server.url}/fails", timeout=5)

    assert response.text == "begun"
    assert time.monotonic() - started < 1


def test_a_failing_body_does_not_stop_the_servers_reaper(failing_server):
    for _ in range(30):
        httpx.get(f"{failing_server.url}/fails", timeout=5)

    # daphne's reaper goes round once a second; where it died, the thirty are kept for ever.
    wait_until(lambda: int(httpx.get(failing_server.url).text) <= 3, seconds=5)


def test_a_reader_that_never_reads_costs_no_memory_and_hears_it_all_in_the_end(server):
    megabytes = 40
    filled = server.shell(stuck_reader.FILL.format(segments=megabytes * 16))
    key, expected = filled.split()
    before = server.memory()

    with stuck_reader.open_stream(server, key) as stuck:
        for _ in range(20):
            time.sleep(0.05)
            assert server.memory() - before < 4 * 2**20

        assert stuck_reader.read_all(stuck) == expected
    assert server.memory() - before < 8 * 2**20


def test_other_readers_are_served_while_one_is_stuck(server):
    filled = server.shell(stuck_reader.FILL.format(segments=160))

    with stuck_reader.open_stream(server, filled.split()[0]):
        asked = time.monotonic()
        ended = server.ended(server.create(max_new_tokens=5)["id"])

    assert ended["status"] == "succeeded"
    assert time.monotonic() - asked < 2


def test_a_half_received_request_does_not_spoil_the_shutdown(failing_server):
    port = int(failing_server.url.rpartition(":")[2])

    with socket.create_connection(("127.0.0.1", port)) as half:
        half.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
        wait_until(lambda: int(httpx.get(failing_server.url).text) >= 2, seconds=5)
        with httpx.stream("GET", f"{failing_server.url}/waits") as response:
            next(response.iter_raw())
            failing_server.process.terminate()
            said, _ = failing_server.process.communicate(timeout=10)

    assert said == b"canceled\n"


def test_requests_in_mid_answer_do_not_hold_up_the_end(make_server):
    """Their threads wait for the loop, which is no more."""
    server = make_server()
    answered = []

    with ThreadPoolExecutor(16) as visitors:
        for _ in range(16):
            visitors.submit(visit, server.url, answered)
        wait_until(lambda: answered, seconds=15)
        server.terminate()

    assert server.process.returncode == 0


def visit(url: str, answered: list) -> None:
    """Again and again, until nobody answers."""
    with suppress(httpx.TransportError):
        while len(answered) < 1000:
            answered.append(httpx.get(url, timeout=20))


def test_the_same_application_streams_on_uvicorn(make_server):
    server = make_server(command="-m uvicorn chatapp.asgi:application --port {port}")
    created = server.create()

    heard = list(listen(created["urls"]["stream"]))

    assert words(heard) == server.ended(created["id"])["output"]
    assert heard[-1].at - heard[0].at > 0.5, "it came in one lump"
