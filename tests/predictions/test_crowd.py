"""One more prediction while many others run: nobody waits for the crowd."""

import itertools
import selectors
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx

from tests.listening import listen, words
from tests.running import STORY, wait_until

CROWD = 50
WORDS_PER_SECOND = 10


def test_a_create_and_a_stream_keep_working_while_50_others_run(make_server):
    server = make_server(DEMO_WORDS_PER_SECOND=str(WORDS_PER_SECOND))
    crowd = gather(server)

    with reading([each["urls"]["stream"] for each in crowd]) as heard:
        wait_until(lambda: len(heard) == CROWD, seconds=10)
        asked = time.monotonic()
        created = server.create(max_new_tokens=20)
        answered = time.monotonic() - asked
        before = heard.copy()
        spoken = list(listen(created["urls"]["stream"]))
        after = heard.copy()

    assert answered < 1
    gaps = [later.at - earlier.at for earlier, later in itertools.pairwise(spoken[:-1])]
    assert words(spoken) == server.prediction(created["id"])["output"]
    assert len(words(spoken)) == 20
    assert max(gaps) < 1
    assert sum(gap > 0.3 / WORDS_PER_SECOND for gap in gaps) > len(gaps) * 0.7, "it came in lumps"
    assert sum(after[reader] > before[reader] for reader in before) == CROWD
    assert all(server.prediction(each["id"])["status"] == "processing" for each in crowd[::10])


def gather(server) -> list[dict]:
    body = {"version": STORY, "input": {"prompt": "Tell me a story", "seed": 1}}
    with httpx.Client(base_url=server.url, headers=server.authorization) as client:
        return [client.post("/v1/predictions", json=body).json() for _ in range(CROWD)]


@contextmanager
def reading(urls: list[str]) -> Iterator[Counter]:
    """A reader of each stream; how many bytes each has heard."""
    heard, ended = Counter(), threading.Event()
    with ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        for url in map(httpx.URL, urls):
            reader = stack.enter_context(socket.create_connection((url.host, url.port)))
            reader.sendall(f"GET {url.path} HTTP/1.1\r\nHost: {url.host}\r\n\r\n".encode())
            selector.register(reader, selectors.EVENT_READ)

        def drain() -> None:
            while not ended.is_set():
                for key, _ in selector.select(timeout=0.05):
                    heard[key.fileobj] += len(key.fileobj.recv(65536))

        thread = threading.Thread(target=drain)
        thread.start()
        try:
            yield heard
        finally:
            ended.set()
            thread.join()
