import logging

from predictions.stream_keys import HideStreamKeys


def logged(message: str, *arguments: object) -> str:
    record = logging.LogRecord("x", logging.INFO, "x", 1, message, arguments, None)
    assert HideStreamKeys().filter(record)
    return record.getMessage()


def test_a_stream_key_is_not_logged():
    class Protocol:
        def __repr__(self) -> str:
            return "<GET /v1/streams/secret>"

    assert logged("GET /v1/streams/secret?last_event_id=1:0") == (
        "GET /v1/streams/…?last_event_id=1:0"
    )
    assert logged('%s "%s %s" %d', "127.0.0.1", "GET", "/v1/streams/secret", 200) == (
        '127.0.0.1 "GET /v1/streams/…" 200'
    )
    assert "secret" not in logged("%r took too long", Protocol())
    assert logged("%d words", 3) == "3 words"


def test_the_signature_of_a_link_to_a_file_is_not_logged():
    url = "/v1/files/abc/download/two%20words.txt?expires=1&signature=secret"

    assert logged(f"GET {url}") == f"GET {url.replace('secret', '…')}"
    assert logged('"%s %s"', "GET", url) == f'"GET {url.replace("secret", "…")}"'
    assert logged("GET /v1/files/abc") == "GET /v1/files/abc"
