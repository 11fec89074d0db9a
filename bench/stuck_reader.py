"""Memory of the server while a reader that never reads has MEGABYTES of log to hear.

    python -m bench.stuck_reader [MEGABYTES]

Prints the server's resident memory before, during and after. First with a log that is stored
(then the reader reads at last, and what it hears is compared with the log), for `manage.py up` and
for daphne as it comes; then with answers of 4 MB that are being written, with such readers and
without.
"""

import hashlib
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.running import RunningServer
from tests.servers import OpenAIServer

FILL = """
import hashlib
from predictions.models import Event, Prediction, Segment, Version
version = Version.objects.first()
prediction = Prediction.objects.create(version=version, input={{}}, status="succeeded")
cursor = 10**15
digest = hashlib.sha256()
for n in range({segments}):
    events = []
    for word in range(16):
        cursor += 1
        text = f"{{n}}:{{word}} ".ljust(4096, "x")
        digest.update(text.encode())
        events.append(Event(cursor, "output", text, 0))
    Segment.objects.create(prediction=prediction, last_cursor=cursor, events=events)
done = Event(cursor + 1, "done", "{{}}", 0)
Segment.objects.create(prediction=prediction, last_cursor=done.cursor, events=[done])
Prediction.objects.filter(id=prediction.id).update(last_cursor=done.cursor)
print(prediction.stream_key, digest.hexdigest())
"""


def main(megabytes: int) -> None:
    with tempfile.TemporaryDirectory() as folder, OpenAIServer() as upstream:
        data = {"DATA_DIR": str(Path(folder) / "data")}
        ours = RunningServer(data)
        stock = RunningServer(data, "-m daphne -p {port} chatapp.asgi:application")
        with started(ours):
            print(f"manage.py up: a stored log of {megabytes} MB, and a reader that never reads")
            measure(ours, megabytes)
            ours.manage("upstream", "add", "openai", upstream.url, "--name", "bench")
        with started(stock):
            print("daphne alone: the same")
            measure(stock, megabytes)
        for readers in (0, 1):
            with started(ours):
                print(f"manage.py up: answers of 4 MB, {readers} readers each that never read")
                measure_live(ours, megabytes // 4, readers)


@contextmanager
def started(server: RunningServer) -> Iterator[None]:
    server.start()
    try:
        yield
    finally:
        server.kill()


def measure_live(server: RunningServer, answers: int, readers: int) -> None:
    with ExitStack() as stuck:
        for number in range(answers + 1):
            if number % 10 == 0:
                report(server, f"after {number * 4} MB")
            created = server.create("bench/flood")
            key = created["urls"]["stream"].rpartition("/")[2]
            for _ in range(readers):
                stuck.enter_context(open_stream(server, key))
            ended = server.ended(created["id"], seconds=60)
            assert ended["status"] == "succeeded", ended["error"]


def measure(server: RunningServer, megabytes: int) -> None:
    filled = server.manage("shell", "-v0", "-c", FILL.format(segments=megabytes * 16))
    key, expected = filled.split()
    server.get("/healthz")
    report(server, "before")
    with open_stream(server, key) as stuck:
        for second in range(1, 7):
            time.sleep(1)
            report(server, f"stuck for {second} s")
        heard = read_all(stuck)
    report(server, "after it has read everything")
    print("  heard exactly the log" if heard == expected else "  HEARD SOMETHING ELSE")


def report(server: RunningServer, what: str) -> None:
    print(f"  {what:30} {server.memory() / 2**20:7.1f} MiB", flush=True)


def open_stream(server: RunningServer, key: str) -> socket.socket:
    stuck = socket.socket()
    stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    stuck.connect(("127.0.0.1", int(server.environment["PORT"])))
    stuck.sendall(f"GET /v1/streams/{key} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".encode())
    return stuck


def read_all(stuck: socket.socket) -> str:
    digest = hashlib.sha256()
    for line in stuck.makefile("rb"):
        if line.startswith(b"data: ") and line != b"data: {}\n":
            digest.update(line[6:-1])
    return digest.hexdigest()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
