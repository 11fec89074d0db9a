"""Bodies that are too large: refused without being read, heard by the client, on two servers."""

import json
import socket
import subprocess
from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import copy_of
from tests.running import RunningServer

MIB = 2**20
FILE = 16 * MIB
PATH = "/v1/predictions"


@pytest.fixture(
    scope="module",
    params=["manage.py up", "-m uvicorn chatapp.asgi:application --port {port}"],
    ids=["daphne", "uvicorn"],
)
def server(request, first_run, tmp_path_factory):
    """Takes bodies of 1 MiB, and files of 16 MiB."""
    data_dir = tmp_path_factory.mktemp("server") / "data"
    how = {"MAX_FILE_BYTES": str(FILE)}
    running = copy_of(first_run, data_dir, how, command=request.param)
    running.start()
    yield running
    running.kill()


def post(server: RunningServer, content, path: str = PATH, **headers: str) -> httpx.Response:
    headers |= server.authorization
    return httpx.post(server.url + path, content=content, headers=headers, timeout=30)


def padded(size: int) -> bytes:
    """A JSON object of that size."""
    return b"{}".rjust(size)


def in_chunks(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), 65536):
        yield content[start : start + 65536]


def speak(server: RunningServer, *headers: str) -> socket.socket:
    """A connection on which the headers of a POST were sent, and nothing else."""
    connection = socket.create_connection(("127.0.0.1", int(server.environment["PORT"])), 10)
    lines = [f"POST {PATH} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]
    connection.sendall("\r\n".join(lines).encode())
    return connection


def hear(connection: socket.socket) -> str:
    """The first of what the server says. (To half-close before would be to leave, for daphne.)"""
    return connection.recv(65536).decode()


def test_a_body_of_the_size_allowed_is_read(server):
    for content in (padded(MIB), in_chunks(padded(MIB))):
        assert (
            post(server, content).json()["detail"] == "- input is required\n- version is required\n"
        )


def test_one_byte_more_is_refused_with_a_problem(server):
    for content in (padded(MIB + 1), in_chunks(padded(MIB + 1))):
        refused = post(server, content)

        assert refused.status_code == 413
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["connection"] == "close"
        assert refused.json() == {
            "title": "Content too large",
            "detail": "The request body must not be larger than 1048576 bytes.",
            "status": 413,
        }


def test_outside_the_api_the_refusal_is_a_plain_sentence(server):
    refused = post(server, padded(MIB + 1), "/login/")

    assert refused.status_code == 413
    assert refused.headers["content-type"] == "text/plain; charset=utf-8"
    assert refused.text == "The request body must not be larger than 1048576 bytes.\n"


def test_it_is_refused_before_it_is_sent(server):
    with speak(server, "Content-Length: 1000000000000") as connection:
        assert hear(connection).startswith("HTTP/1.1 413 ")


def test_a_body_in_chunks_is_refused_before_its_end(server):
    with speak(server, "Transfer-Encoding: chunked") as connection:
        connection.sendall(b"%x\r\n%s\r\n" % (MIB + 1, bytes(MIB + 1)))

        assert hear(connection).startswith("HTTP/1.1 413 ")


def test_who_asks_whether_to_send_it_is_not_told_to_go_on(server):
    with speak(server, "Content-Length: 1048577", "Expect: 100-continue") as connection:
        heard = hear(connection)
    assert heard.startswith("HTTP/1.1 413 ")
    assert "100 Continue" not in heard
    with speak(server, "Content-Length: 1048576", "Expect: 100-continue") as connection:
        assert hear(connection).startswith("HTTP/1.1 100 ")


def test_fifty_megabytes_in_chunks_cost_no_memory(server):
    post(server, in_chunks(padded(2 * MIB)))
    before = server.memory()
    grown = []

    def endless() -> Iterator[bytes]:
        for _ in range(50):
            yield bytes(MIB)
            grown.append(server.memory() - before)

    assert post(server, endless()).status_code == 413
    assert max(grown) < 6 * MIB


@pytest.mark.parametrize("how", ["Expect: 100-continue", "Expect:", "Transfer-Encoding: chunked"])
def test_curl_hears_the_refusal_while_it_is_sending(server, tmp_path, how):
    (tmp_path / "big").write_bytes(bytes(50 * MIB))

    finished = subprocess.run(
        ["curl", "-sS", "-H", how, "--data-binary", f"@{tmp_path / 'big'}", server.url + PATH],
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert finished.stderr == ""
    assert json.loads(finished.stdout)["status"] == 413


def test_a_client_that_sends_it_all_first_hears_the_refusal(server):
    for header, frame in (
        (f"Content-Length: {50 * MIB}", b"%s"),
        ("Transfer-Encoding: chunked", b"3200000\r\n%s\r\n0\r\n\r\n"),
    ):
        with speak(server, header) as connection:
            connection.sendall(frame % bytes(50 * MIB))  # fails where the connection is reset

            assert hear(connection).startswith("HTTP/1.1 413 ")


def test_an_upload_may_be_as_large_as_a_file_and_its_form(server):
    form = 64 * 1024

    for content in (bytes(FILE + form), in_chunks(bytes(FILE + form))):
        assert post(server, content, "/v1/files").status_code != 413
    for content in (bytes(FILE + form + 1), in_chunks(bytes(FILE + form + 1))):
        assert post(server, content, "/v1/files").status_code == 413


def test_a_large_upload_is_never_whole_in_memory(server):
    with server.grows_at_most(FILE // 2):
        post(server, bytes(FILE), "/v1/files")
        httpx.post(f"{server.url}/v1/files", files={"content": bytes(FILE)}, timeout=30)


def test_a_compressed_body_is_refused(server):
    refused = post(server, b"\x1f\x8b", **{"Content-Encoding": "gzip"})
    taken = post(server, b"{}", **{"Content-Encoding": "identity"})

    assert refused.status_code == 415
    assert refused.headers["content-type"] == "application/problem+json"
    assert "must not be compressed" in refused.json()["detail"]
    assert taken.status_code == 422


def nested(server: RunningServer, depth: int) -> Iterator[httpx.Response]:
    """The answers to bodies of that depth: two levels of the request, the others in a value."""
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        deep = opening * (depth - 2) + "1" + closing * (depth - 2)
        yield post(server, f'{{"version": "x", "input": {{"prompt": {deep}}}}}')


@pytest.mark.parametrize("depth", [101, 900, 100_000])
def test_json_nested_too_deeply_is_a_bad_request(server, depth):
    for refused in nested(server, depth):
        assert refused.status_code == 400
        assert refused.json()["detail"] == "The JSON is nested deeper than 100 levels."


def test_json_of_a_hundred_levels_is_read(server):
    assert [answer.status_code for answer in nested(server, 100)] == [422, 422]


def test_what_is_refused_does_not_spoil_what_comes_after(server):
    for _ in range(20):
        post(server, padded(MIB + 1))

    assert server.ended(server.create(max_new_tokens=3)["id"])["status"] == "succeeded"
    assert "Traceback" not in server.output()
