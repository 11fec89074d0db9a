"""The server's memory while it exports 1,000,000 messages as JSON Lines, and how long that takes.

    python -m bench.export_memory [--messages N] [--keep FOLDER] [--formats jsonl,csv]

Makes them in a fresh database, starts `manage.py up`, has its admin export all, reads what comes:
once as fast as it can and once for a while as a slow line would. Prints the server's resident
memory at the start, at its highest and at the end, and megabytes a second. FOLDER keeps the data,
and has it used again.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.running import ROOT, RunningServer

MAKE = "from bench.many_transcripts import make; make({})"
COUNTED = "from chatapp.desk import usage\nwhile usage.catch_up(): pass"
STAFF = """
from django.contrib.auth.models import User
User.objects.filter(username="bench").delete()
User.objects.create_superuser("bench", password="bench-{0}")
"""
PAGE = "/admin/chatapp/transcript/export/"
MEGA = 1_000_000
SLOW_SECONDS = 20


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=MEGA)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--formats", default="jsonl", help="with commas between")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = asked.keep or Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        server = RunningServer({"DATA_DIR": str(folder / "data")})
        fill(server, asked.messages)
        server.start()
        try:
            measure(server, asked.formats.split(","))
        finally:
            server.kill()


def fill(server: RunningServer, messages: int) -> None:
    done = server.data_dir / f"made-{messages}"
    if done.exists():
        return
    server.start()
    server.terminate()
    began = time.perf_counter()
    long(server, MAKE.format(messages // 10))
    print(f"{messages:,} messages made in {time.perf_counter() - began:.0f} s", flush=True)
    began = time.perf_counter()
    long(server, COUNTED)
    print(f"usage counted in {time.perf_counter() - began:.0f} s", flush=True)
    done.touch()


def long(server: RunningServer, code: str) -> None:
    """On the server's data, however long it takes."""
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", code]
    subprocess.run(command, cwd=ROOT, env=server._environment(), check=True)


def measure(server: RunningServer, formats: list[str]) -> None:
    client = logged_in(server)
    for format in formats:
        with sampled(server) as memory:
            began = time.perf_counter()
            size, lines = export(client, format)
            seconds = time.perf_counter() - began
        print(
            f"{format:9} {lines:,} lines, {size / MEGA:,.0f} MB in {seconds:.0f} s: "
            f"{size / MEGA / seconds:.1f} MB/s, {memory()}",
            flush=True,
        )
    with sampled(server) as memory:
        export(client, "jsonl", slowly=True)
    print(f"a slow line, left after {SLOW_SECONDS} s: {memory()}", flush=True)
    for query in ("?days=30", "?days=all"):
        page = "/admin/chatapp/transcript/usage/" + query
        client.get(page).raise_for_status()
        began = time.perf_counter()
        client.get(page).raise_for_status()
        print(f"usage {query}: {(time.perf_counter() - began) * 1000:.0f} ms", flush=True)


def logged_in(server: RunningServer) -> httpx.Client:
    name = uuid.uuid4().hex
    server.shell(STAFF.format(name))
    client = httpx.Client(base_url=server.url, timeout=120, follow_redirects=True)
    form = {"username": "bench", "password": f"bench-{name}"}
    form["csrfmiddlewaretoken"] = token_of(client.get("/admin/login/").text)
    client.post("/admin/login/", data=form).raise_for_status()
    return client


def export(client: httpx.Client, format: str, *, slowly: bool = False) -> tuple[int, int]:
    """How many bytes and lines came."""
    form = {"format": format, "id": str(uuid.uuid4()), "query": ""}
    form["csrfmiddlewaretoken"] = token_of(client.get(PAGE).text)
    size = lines = 0
    began = time.perf_counter()
    with client.stream("POST", PAGE, data=form) as response:
        response.raise_for_status()
        for piece in response.iter_raw(64 * 1024):
            size += len(piece)
            lines += piece.count(b"\n")
            if slowly:
                time.sleep(0.5)
                if time.perf_counter() - began > SLOW_SECONDS:
                    break
    return size, lines


def token_of(page: str) -> str:
    return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]


@contextmanager
def sampled(server: RunningServer) -> Iterator[Callable[[], str]]:
    """What to print of the server's memory meanwhile, in MB."""
    found, over = [server.memory()], threading.Event()

    def look() -> None:
        while not over.wait(0.2):
            found.append(server.memory())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield (
            lambda: (
                "memory "
                + ", ".join(
                    f"{name} {value / MEGA:.0f} MB"
                    for name, value in (
                        ("start", found[0]),
                        ("peak", max(found)),
                        ("end", found[-1]),
                    )
                )
            )
        )
    finally:
        over.set()
        thread.join()


if __name__ == "__main__":
    main()
