"""Memory of the server while a reader that never reads has MEGABYTES of log to hear.

    python -m bench.stuck_reader [MEGABYTES]

Prints the server's resident memory before, during and after; then the reader reads at last, and
what it hears is compared with the log. The same for daphne as it comes, in the same run.
"""

import hashlib
import socket
import sys
import tempfile
import time
from pathlib import Path

from tests.running import RunningServer

FILL = """
import hashlib
from predictions.events.log import Event
from predictions.models import Prediction, Segment, Version
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
    with tempfile.TemporaryDirectory() as folder:
        data = {"DATA_DIR": str(Path(folder) / "data")}
        ours = RunningServer(data)
        stock = RunningServer(data, "-m daphne -p {port} chatapp.asgi:application")
        for name, server in (("manage.py up", ours), ("daphne alone", stock)):
            print(f"{name}: a log of {megabytes} MB")
            server.start()
            try:
                measure(server, megabytes)
            finally:
                server.kill()


def measure(server: RunningServer, megabytes: int) -> None:
    filled = server.manage("shell", "-v0", "-c", FILL.format(segments=megabytes * 16))
    key, expected = filled.split()
    server.get("/healthz")

    def report(what: str) -> None:
        print(f"  {what:30} {server.memory() / 2**20:7.1f} MiB", flush=True)

    report("before")
    with open_stream(server, key) as stuck:
        for second in range(1, 7):
            time.sleep(1)
            report(f"stuck for {second} s")
        heard = read_all(stuck)
    report("after it has read everything")
    print("  heard exactly the log" if heard == expected else "  HEARD SOMETHING ELSE")


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
