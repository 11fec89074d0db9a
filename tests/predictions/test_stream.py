"""The event stream as readers hear it, on a real daphne, with arrival times."""

import itertools
import socket
import time

import httpx
import pytest

from tests.listening import listen, words
from tests.running import wait_until


def test_words_arrive_one_by_one_while_the_model_speaks(server):
    created = server.create()

    heard = [event for event in listen(created["urls"]["stream"]) if event.event == "output"]

    gaps = [later.at - earlier.at for earlier, later in itertools.pairwise(heard)]
    assert len(heard) > 30
    assert sum(gap > 0.01 for gap in gaps) > len(gaps) * 0.8, "it came in lumps"
    assert max(gaps) < 1


def test_the_replayed_log_equals_the_stored_output(server):
    created = server.create()
    live = list(listen(created["urls"]["stream"]))

    stored = server.ended(created["id"])
    replayed = list(listen(created["urls"]["stream"]))

    assert words(live) == words(replayed) == stored["output"]
    assert [event[:3] for event in live] == [event[:3] for event in replayed]
    assert live[-1].event == "done"
    assert live[-1].data == "{}"
    assert stored["status"] == "succeeded"


def test_the_first_word_is_not_held_back(server):
    created = server.create()
    asked = time.monotonic()

    first = next(listen(created["urls"]["stream"]))

    assert first.at - asked < 0.7


def test_event_ids_are_seconds_and_a_count_that_restarts(server):
    created = server.create()

    ids = [tuple(map(int, event.id.split(":"))) for event in listen(created["urls"]["stream"])]

    assert ids == sorted(set(ids))
    assert all(abs(second - time.time()) < 60 for second, _ in ids)
    for second in {second for second, _ in ids}:
        counts = [n for s, n in ids if s == second]
        assert counts == list(range(counts[0], counts[0] + len(counts)))
        assert counts[0] == 0


@pytest.mark.parametrize("way", ["header", "query"])
def test_a_resumed_reader_hears_exactly_what_came_after_its_cursor(server, way):
    created = server.create()
    url = created["urls"]["stream"]
    stream = listen(url)
    begun = [next(stream) for _ in range(5)]
    stream.close()

    last = begun[-1].id
    rest = list(listen(url, last) if way == "header" else listen(f"{url}?last_event_id={last}"))

    assert words(begun) + words(rest) == server.ended(created["id"])["output"]


def test_the_header_of_a_reconnecting_eventsource_outweighs_its_url(server):
    created = server.create()
    url = created["urls"]["stream"]
    everything = list(listen(url))

    rest = list(listen(f"{url}?last_event_id={everything[0].id}", everything[9].id))

    assert [event.id for event in rest] == [event.id for event in everything[10:]]


def test_every_cursor_of_a_finished_stream_resumes_exactly(server):
    created = server.create(max_new_tokens=12)
    everything = list(listen(created["urls"]["stream"]))

    for place, event in enumerate(everything[:-1]):
        rest = list(listen(created["urls"]["stream"], event.id))
        assert [e[:3] for e in rest] == [e[:3] for e in everything[place + 1 :]]


def test_a_reader_past_the_end_gets_204(server):
    created = server.create(max_new_tokens=3)
    end = list(listen(created["urls"]["stream"]))[-1].id

    response = httpx.get(created["urls"]["stream"], headers={"Last-Event-ID": end})

    assert response.status_code == 204
    assert response.content == b""


def test_early_and_late_readers_hear_the_same(server):
    created = server.create()
    url = created["urls"]["stream"]
    early = listen(url)
    heard = [next(early) for _ in range(10)]

    late = list(listen(url))
    heard += list(early)

    assert [e[:3] for e in heard] == [e[:3] for e in late]


def test_a_stream_says_that_it_must_not_be_buffered_or_compressed(server):
    created = server.create(max_new_tokens=3)

    with httpx.stream(
        "GET", created["urls"]["stream"], headers={"Accept-Encoding": "gzip"}
    ) as response:
        headers = response.headers

    assert headers["content-type"].startswith("text/event-stream")
    assert headers["x-accel-buffering"] == "no"
    assert "no-cache" in headers["cache-control"]
    assert headers["content-encoding"] == "identity"


def test_an_unknown_stream_is_a_404_with_a_sentence(server):
    response = httpx.get(f"{server.url}/v1/streams/{'a' * 52}")

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert "no such event stream" in response.json()["detail"]


def test_an_id_that_is_none_of_ours_is_a_400(server):
    created = server.create(max_new_tokens=3)

    response = httpx.get(created["urls"]["stream"], headers={"Last-Event-ID": "yesterday"})

    assert response.status_code == 400


def test_an_id_from_the_future_is_refused_and_disturbs_no_other_reader(server):
    created = server.create()
    future = f"{int(time.time()) + 3600}:0"

    response = httpx.get(created["urls"]["stream"], headers={"Last-Event-ID": future})
    heard = list(listen(created["urls"]["stream"]))

    assert response.status_code == 400
    assert words(heard) == server.ended(created["id"])["output"]


def test_a_strange_key_is_a_404(server):
    for key in ("%00", "x", "A" * 52, "a" * 53):
        assert httpx.get(f"{server.url}/v1/streams/{key}").status_code == 404


def test_only_configured_origins_are_let_in_with_credentials(make_server):
    server = make_server(CORS_ORIGINS="https://good.example,http://localhost:3000")
    url = server.create(max_new_tokens=3)["urls"]["stream"]

    def allowed(origin: str) -> str | None:
        response = httpx.options(url, headers={"Origin": origin})
        assert response.headers["vary"] == "Origin"
        return response.headers.get("access-control-allow-origin")

    assert allowed("https://good.example") == "https://good.example"
    assert allowed("http://localhost:3000") == "http://localhost:3000"
    for origin in (
        "null",
        "https://good.example.evil",
        "http://good.example",
        "https://a.good.example",
        "*",
    ):
        assert allowed(origin) is None


def test_a_silent_stream_is_kept_alive_by_comments(make_server):
    server = make_server(HEARTBEAT_SECONDS="0.2", RUN_CAPACITY="1", DEMO_WORDS_PER_SECOND="1")
    url = server.create()["urls"]["stream"]

    with httpx.stream("GET", url, timeout=10) as response:
        beginning = b""
        for chunk in response.iter_raw():
            beginning += chunk
            if beginning.count(b"\n: hb\n") >= 3 or len(beginning) > 5000:
                break

    assert beginning.count(b": hb\n\n") >= 3


def test_a_departed_reader_is_noticed_within_50_ms_while_the_model_is_silent(make_server):
    server = make_server(DEMO_WORDS_PER_SECOND="0.2")
    url = httpx.URL(server.create()["urls"]["stream"])

    noticed = min(time_to_notice_a_departure(server, url) for _ in range(5))

    assert noticed < 0.05


def time_to_notice_a_departure(server, url: httpx.URL) -> float:
    reader = socket.create_connection((url.host, url.port))
    reader.sendall(f"GET {url.path} HTTP/1.1\r\nHost: {url.host}\r\n\r\n".encode())
    assert reader.recv(4096).startswith(b"HTTP/1.1 200")
    wait_until(lambda: server.metric("rivulet_readers") == 1, seconds=2)
    reader.close()
    left = time.monotonic()
    while server.metric("rivulet_readers"):
        assert time.monotonic() - left < 5
    return time.monotonic() - left
