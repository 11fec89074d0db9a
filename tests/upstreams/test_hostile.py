"""Servers that mean harm: bombs, endless events, JSON of any shape, schemas that hang."""

import asyncio
import gzip
import threading
import tracemalloc
import zlib
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictions.upstreams import Interrupted, UpstreamError, chat, cog, http, open_upstream
from predictions.upstreams.cog_output import ending
from predictions.upstreams.cog_webhooks import _Heard
from predictions.upstreams.replicate_api import Api
from predictions.upstreams.replicate_catalogue import found_model
from predictions.upstreams.replicate_run import RemoteRun

from .listening import hear

MIB = 1024 * 1024
CHAT = "POST /v1/chat/completions"


class Hostile(BaseHTTPRequestHandler):
    """Answers everything with the server's `pieces`, as often as they come."""

    def do_GET(self) -> None:
        length = int(self.headers.get("content-length", 0))
        self.rfile.read(length)
        self.server.seen.append(self.path)
        self.send_response(self.server.status)
        for name, value in self.server.head.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):
            for piece in self.server.pieces():
                self.wfile.write(piece)

    do_POST = do_GET

    def log_message(self, *arguments: object) -> None:
        pass


@contextmanager
def hostile(pieces, status: int = 200, **head: str):
    """A server's origin, and the paths that it was asked for."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Hostile) as server:
        server.pieces, server.status, server.seen = pieces, status, []
        server.head = {name.replace("_", "-"): value for name, value in head.items()}
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", server.seen
        server.shutdown()


def peak_of(act) -> int:
    """How many bytes Python held at most meanwhile."""
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def zeros(size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    return b"".join(packer.compress(bytes(MIB)) for _ in range(size // MIB)) + packer.flush()


def test_a_compressed_bomb_takes_no_memory():
    bomb = zeros(256 * MIB)
    with hostile(lambda: [bomb], content_type="text/event-stream", content_encoding="gzip") as (
        origin,
        _,
    ):
        heard: list = []
        peak = peak_of(lambda: heard.append(hear("openai", f"{origin}/v1", "m")))

    assert isinstance(heard[0].error, Interrupted)
    assert peak < 8 * MIB


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "zstd", "gzip, br"])
def test_what_is_compressed_twice_or_otherwise_is_refused(encoding):
    bomb = gzip.compress(zeros(64 * MIB))
    with hostile(lambda: [bomb], content_type="text/event-stream", content_encoding=encoding) as (
        origin,
        _,
    ):
        heard = hear("openai", f"{origin}/v1", "m")

    assert encoding in heard.error.detail


def test_what_was_compressed_comes_whole():
    text = b"".join(b"%d " % n for n in range(200_000))
    for packed in (gzip.compress(text), zlib.compress(text), gzip.compress(bytes(MIB))):
        unpack = http.unpacker("gzip")
        pieces = [
            piece for at in range(0, len(packed), 999) for piece in unpack(packed[at : at + 999])
        ]

        assert b"".join(pieces) in {text, bytes(MIB)}
        assert max(map(len, pieces)) <= http.PIECE_BYTES


def test_an_event_that_never_ends_is_left():
    line = b"data: " + b"x" * 65536 + b"\n"

    def for_ever():
        for _ in range(4096):
            yield line

    with hostile(for_ever, content_type="text/event-stream") as (origin, _):
        heard: list = []
        peak = peak_of(lambda: heard.append(hear("openai", f"{origin}/v1", "m")))

    assert isinstance(heard[0].error, Interrupted)
    assert peak < 16 * MIB


def test_json_that_is_too_deep_is_an_upstream_error():
    deep = "[" * 200_000

    with hostile(lambda: [deep.encode()], content_type="application/json") as (origin, _):
        for kind in ("openai", "anthropic", "ollama", "cog", "replicate"):
            with pytest.raises(UpstreamError):
                asyncio.run(open_upstream(kind, origin).models())
            assert hear(kind, origin, "a/b").error, kind


@pytest.mark.parametrize(
    "value", ["nan", "inf", "-1", "1e999", "Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "\xe9"]
)
def test_any_retry_after_is_none_or_seconds(value):
    with hostile(lambda: [], status=429, retry_after=value) as (origin, _):
        error = hear("openai", f"{origin}/v1", "m").error

    assert error.retryable
    assert error.retry_after is None or 0 <= error.retry_after <= 86400


KEYS = (
    "id status output logs error metrics urls stream input_token_count output_token_count setup "
    "openapi paths components schemas Input Output properties required type latest_version owner "
    "name description created_at openapi_schema post /predictions x-cog-streaming data_removed"
)
NAMES = st.sampled_from(KEYS.split())
PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 3), st.floats(), st.text(max_size=2),
    st.sampled_from(["succeeded", "failed", "canceled", "starting", "a", "Worker crashed"]),
)  # fmt: skip
ANY = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(NAMES, ANY, max_size=6)


@settings(max_examples=500, deadline=None)
@given(first=OBJECTS, last=OBJECTS)
def test_any_prediction_of_replicate_is_words_or_an_upstream_error(first, last):
    api = Api("http://127.0.0.1:9", {})
    run = RemoteRun(api, {**first, "id": "x"})
    list(run._news())
    run._prediction = last

    with suppress(UpstreamError):
        list(run._rest())
        if run.is_over:
            run._judge()


@settings(max_examples=500, deadline=None)
@given(body=OBJECTS)
def test_any_webhook_of_cog_is_words_or_an_upstream_error(body):
    with suppress(UpstreamError):
        heard = _Heard()
        list(heard.news(body))
        list(ending(body, heard.count))


@settings(max_examples=500, deadline=None)
@given(told=OBJECTS)
def test_any_document_becomes_a_schema_that_can_be_used(told):
    cog.can_stream(told)
    documents = [cog.described(told), cog.described({"components": {"schemas": told}})]
    row = {"owner": "o", "name": "n", "description": told.get("description")}
    for schema in (told, {"components": {"schemas": told}}):
        documents.append(found_model(row, {**told, "openapi_schema": schema}).openapi_schema)

    for each in documents:
        schemas = each["components"]["schemas"]
        assert isinstance(schemas["Input"].get("properties", {}), dict)
        assert isinstance(schemas.get("Output", {}), dict)


@pytest.mark.parametrize(
    "input",
    [
        {"prompt": 5},
        {"messages": "hello"},
        {"messages": 5},
        {"messages": ["hello"]},
        {"messages": [{"role": "user"}]},
        {"prompt": "x", "system_prompt": ["x"]},
    ],
)
@pytest.mark.parametrize("kind", ["openai", "anthropic", "ollama"])
def test_an_input_for_another_kind_of_model_is_an_upstream_error(kind, input):
    heard = hear(kind, "http://127.0.0.1:9", "m", input)

    assert heard.error.message == "The model does not take this input."


def test_options_that_mean_something_else_elsewhere_are_left_out():
    given = {"temperature": 5, "top_k": 0, "stop": "x", "thinking": "hard", "seed": 1}

    assert chat.chosen(given, given) == {"seed": 1}
