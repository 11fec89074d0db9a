"""Logs and crash reports repeat no secret: known, or only looking like one."""

import json
import logging
import re
import sys
import time
from functools import partial
from html import escape
from urllib.parse import quote, quote_plus

import pytest

from predictions import discretion
from predictions.discretion import Filter, Formatter, Reporter, hidden, without

SECRET = "canary-Dv7Zt0qX"


def logged(message: str, *arguments: object, exc_info=None) -> str:
    record = logging.LogRecord("x", logging.INFO, "x", 1, message, arguments, exc_info)
    return Formatter("%(message)s").format(record)


@pytest.fixture
def known(monkeypatch) -> str:
    monkeypatch.setattr(discretion, "_known", set())
    discretion.remember([SECRET])
    return SECRET


def test_a_stream_key_is_not_logged():
    class Protocol:
        def __repr__(self) -> str:
            return "<GET /v1/streams/secret>"

    assert logged("GET /live/secret?blocks=3") == ("GET /live/…?blocks=3")
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


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Authorization: Bearer abc.def-1", "Authorization: …"),
        ("authorization: Basic dTpw", "authorization: …"),
        ("{'Authorization': 'Bearer abc'}", "{'Authorization': '…'}"),
        ("[(b'authorization', b'Bearer abc'), (b'a', b'b')]", None),
        ("X-Api-Key: abc", "X-Api-Key: …"),
        ("x-goog-api-key=abc&x=1", None),
        ("Set-Cookie: sessionid=abc; Path=/", "Set-Cookie: …; Path=/"),
        ("got Bearer abcdefgh12 there", "got Bearer … there"),
        ("Incorrect API key provided: sk-proj-12345678abc.", "… sk-…"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_…"),
        ("embsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "embsec_…"),
        ("r8_12345678abcdefgh", "r8_…"),
        ("postgres://user:p1ss@host/name", "postgres://user:…@host/name"),
    ],
)
def test_what_looks_like_a_secret_is_not_logged(line, shown):
    written = logged(line)

    secrets = ("abc", "dTpw", "12345678", "MfKQ", "p1ss")
    assert [secret for secret in secrets if secret in written] == []
    if shown and not shown.startswith("… "):
        assert written == shown


@pytest.mark.parametrize(
    "line",
    [
        "a task-oriented risk-adjusted model",
        "sk-learn-estimators",
        "Found ollama at http://127.0.0.1:11434/v1 with 3 models",
        "the bearer of bad news",
        "The key of mine cannot be decrypted.",
        "http://127.0.0.1:8000/?next=a@b",
    ],
)
def test_other_words_are_left_alone(line):
    assert logged(line) == line


def test_a_known_secret_is_hidden_wherever_it_turns_up(known):
    assert logged("the server said %s", f"no: {known}!") == "the server said no: [key]!"
    try:
        raise ValueError(known)
    except ValueError:
        written = logged("It failed.", exc_info=sys.exc_info())

    assert "ValueError: [key]" in written
    assert known not in written


@pytest.mark.parametrize(
    "spell",
    [
        str,
        quote,
        partial(quote, safe=""),
        quote_plus,
        lambda text: quote(text).lower(),
        escape,
        json.dumps,
        lambda text: json.dumps(text).replace("/", "\\/"),
        lambda text: json.dumps(json.dumps(text)),
        lambda text: escape(text).replace("&#x27;", "&#39;"),
        lambda text: "".join(f"&#{ord(each)};" if not each.isalnum() else each for each in text),
    ],
)
def test_a_secret_is_known_in_every_spelling(spell):
    secret = "a/b \"ü\" <c> & d+e='9'"

    shown = without(f"x {spell(secret)} y", [secret])

    assert re.fullmatch(r'x ["\\]*\[key\]["\\]* y', shown)


def test_a_text_that_was_cut_off_inside_a_secret_keeps_none_of_it():
    for length in range(5, len(SECRET) + 1):
        assert without(f"key: {SECRET[:length]}", [SECRET]) == "key: [key]"
    assert without("key: canc", [SECRET]) == "key: canc"


def test_short_texts_are_no_secrets(known):
    discretion.remember(["true", ""])

    assert hidden("it is true") == "it is true"


def test_a_crash_report_hides_known_secrets_in_variables_and_messages(known):
    class Holder:
        def __repr__(self) -> str:
            return f"<Holder of {known}>"

    def crash(holder: Holder, padded: str) -> None:
        headers = {"Authorization": "Bearer unknown-but-typical-1"}
        raise ValueError(f"{known} in {len(headers)}")

    try:
        crash(Holder(), "x" * (4096 - 8) + known)
    except ValueError:
        reporter = Reporter(None, *sys.exc_info())
        pages = [reporter.get_traceback_html(), reporter.get_traceback_text()]

    for page in pages:
        assert "[key]" in page
        assert known[:6] not in page
        assert "unknown-but" not in page
    assert "Holder of [key]" in pages[0]


def test_a_variable_that_cannot_be_shown_does_not_break_the_report():
    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError("broken")

    try:
        broken = Broken()
        raise ValueError("no")
    except ValueError:
        page = Reporter(None, *sys.exc_info()).get_traceback_html()

    assert "Error in formatting: " in page
    assert broken


def test_a_formatter_that_counts_its_arguments_gets_as_many(known):
    path = "/v1/streams/secret"
    record = logging.LogRecord("x", 20, "x", 1, '"%s" %d', (path, 200, known), None)

    Filter().filter(record)

    assert record.args == ("/v1/streams/…", 200, "[key]")


@pytest.mark.parametrize(
    "piece", ["a.", "x-", "/v1/files/", "sk-", "set-", "bearer ", "a://", "authorization: ", "\\"]
)
def test_a_long_line_that_anybody_may_have_logged_costs_little(known, piece):
    discretion.remember(["-starts-with-a-sign"])
    line = f"Not Found: /{piece * (16000 // len(piece))}"
    start = time.process_time()

    hidden(line)

    assert time.process_time() - start < 0.4


def test_what_a_server_writes_into_the_line_itself_keeps_secrets_too(known):
    record = logging.LogRecord("x", 20, "x", 1, f"GET /v1/streams/secret {known}", None, None)

    Filter().filter(record)

    assert record.getMessage() == "GET /v1/streams/… [key]"
