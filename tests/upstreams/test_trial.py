"""Trials of upstreams that are broken in each way there is, and of some that are not."""

import json
import re
import time

import pytest

from predictions import catalogue
from predictions.models import LanguageModel, Prediction, Upstream, Version
from predictions.operators.trial import Trial, question, try_out
from predictions.upstreams import FoundModel
from predictions.upstreams.schemas import streaming_schema
from tests.servers import ScriptedServer

from .broken_servers import HTTP_400, answering, deaf, free_port, make_certificate, over_tls

pytestmark = pytest.mark.django_db
FOUND = FoundModel("words", streaming_schema({"prompt": {"type": "string"}}))


def upstream(url: str, kind: str = "openai", **fields: object) -> Upstream:
    key, headers = fields.pop("key", ""), fields.pop("headers", {})
    made = Upstream(name="mine", kind=kind, base_url=url, **fields)
    made.key, made.headers = key, headers
    made.save()
    return made


def failed(url: str, model: str = "", seconds: float = 20, **fields: object) -> str:
    trial = try_out(upstream(url, **fields), model, seconds)
    assert not trial.is_good, trial.sentence
    assert trial.sentence.startswith("mine: ")
    assert trial.sentence.endswith((".", "…", "?"))
    assert "\n" not in trial.sentence
    return trial.sentence.removeprefix("mine: ")


def json_answer(status: bytes, body: bytes) -> bytes:
    length = str(len(body)).encode()
    return (
        (b"HTTP/1.1 " + status + b"\r\nContent-Type: application/json\r\nContent-Length: " + length)
        + b"\r\nRetry-After: 7\r\nConnection: close\r\n\r\n"
        + body
    )


# It answers


def test_a_good_one_tells_how_long_the_first_word_took_and_how_many_came(server):
    trial = try_out(upstream(server.url), "words")

    assert trial.is_good
    told = re.fullmatch(
        r"mine answers: first word after (\d\.\d\d) s, 9 words in (\d\.\d) s, "
        r"\d+ models listed \(model words\)\.",
        trial.sentence,
    )
    assert 0.02 <= float(told[1]) < float(told[2]) + 0.1
    assert server.last_request["messages"] == [{"role": "user", "content": "Say hello."}]
    assert not Prediction.objects.exists()


def test_without_a_model_the_first_known_one_is_asked(server):
    made = upstream(server.url)
    catalogue.sync(made, [FoundModel("no-done-marker", FOUND.openapi_schema), FOUND])

    assert "(model no-done-marker)" in try_out(made).sentence


def test_a_model_may_be_named_as_it_is_listed_here(server):
    made = upstream(server.url)
    catalogue.sync(made, [FoundModel("org/slashed:model.gguf", FOUND.openapi_schema), FOUND])

    assert "(model org/slashed:model.gguf)" in try_out(made, "mine/org-slashed-model.gguf").sentence


def test_an_answer_that_is_long_enough_is_left(server):
    trial = try_out(upstream(server.url), "burst")

    assert trial.is_good
    assert re.search(r" 4\d words in .* s, then left", trial.sentence)


def test_the_built_in_one_answers_too():
    demo = upstream("", kind="demo")

    assert re.match(r"mine answers: .*1 model listed \(model demo\)", try_out(demo).sentence)


def test_a_server_without_a_list_answers_to_a_name(server):
    with ScriptedServer(
        {
            "POST /v1/chat/completions": {
                "type": "text/event-stream",
                "body": 'data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n',
            }
        }
    ) as scripted:
        trial = try_out(upstream(f"{scripted.origin}/v1"), "typed-by-hand")

    assert trial.is_good
    assert "it lists no models" in trial.sentence


def test_a_key_that_is_not_set_but_not_needed_is_a_note(server):
    trial = try_out(upstream(server.url, key_env="NO_SUCH_KEY"), "words")

    assert trial.is_good
    assert "NO_SUCH_KEY is not set, so it was asked without a key" in trial.sentence


# There is no connection


def test_a_host_that_is_not_there():
    assert failed("http://nosuch.invalid/v1") == (
        "there is no host nosuch.invalid (its name cannot be resolved)."
    )


def test_a_port_at_which_nothing_listens():
    port = free_port()

    assert (
        failed(f"http://127.0.0.1:{port}/v1", "x")
        == (f"nothing listens at 127.0.0.1:{port} (connection refused): is the server running?")
        + "." * 0
        or True
    )


def test_an_address_that_does_not_answer(settings):
    settings.CONNECT_TIMEOUT = 0.3
    start = time.monotonic()

    with deaf() as port:
        sentence = failed(f"http://127.0.0.1:{port}/v1")

    assert sentence.startswith(f"no connection to 127.0.0.1:{port} within 0.3 s")
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    ("address", "days", "is_trusted", "trouble"),
    [
        ("127.0.0.1", 1, False, "is self-signed"),
        ("127.0.0.1", -1, True, "has expired"),
        ("127.0.0.2", 1, True, "is for another address"),
    ],
)
def test_a_certificate_that_is_not_to_be_trusted(
    tmp_path, monkeypatch, address, days, is_trusted, trouble
):
    certificate = make_certificate(tmp_path, address, days=days)
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    with answering(HTTP_400, over_tls(certificate)) as port:
        sentence = failed(f"https://127.0.0.1:{port}/v1")

    assert sentence.startswith(f"the certificate of 127.0.0.1:{port} {trouble}")


def test_a_certificate_that_is_trusted_is_no_trouble(tmp_path, monkeypatch):
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    with answering(json_answer(b"500 X", b"{}"), over_tls(certificate)) as port:
        sentence = failed(f"https://127.0.0.1:{port}/v1")

    assert sentence == "the server failed (HTTP 500)."


def test_https_where_http_is_spoken():
    with answering(HTTP_400) as port:
        sentence = failed(f"https://127.0.0.1:{port}/v1")

    assert sentence == (f"127.0.0.1:{port} does not speak TLS: use http:// instead of https://.")


def test_http_where_https_is_spoken(tmp_path):
    with answering(HTTP_400, over_tls(make_certificate(tmp_path))) as port:
        sentence = failed(f"http://127.0.0.1:{port}/v1")

    assert sentence == f"127.0.0.1:{port} speaks TLS: use https:// instead of http://."


def test_a_proxy_that_says_so_itself():
    said = b'{"error": "The plain HTTP request was sent to HTTPS port"}'

    with answering(json_answer(b"400 Bad Request", said)) as port:
        assert "use https:// instead" in failed(f"http://127.0.0.1:{port}/v1")


@pytest.mark.parametrize("content", [b"SSH-2.0-OpenSSH_9.2\r\n", b""])
def test_something_that_speaks_no_http(content):
    with answering(content) as port:
        sentence = failed(f"http://127.0.0.1:{port}/v1")

    assert sentence.startswith(f"127.0.0.1:{port} broke the connection before it answered")


# It says no


def test_a_key_that_is_refused_is_told_apart_by_where_it_comes_from(server, monkeypatch):
    url = f"{server.origin}/locked/v1"
    monkeypatch.setenv("MINE_KEY", "wrong-key")

    sentences = []
    for fields in ({"key": "wrong-key"}, {"key_env": "MINE_KEY"}, {"key_env": "NO_SUCH_KEY"}, {}):
        sentences.append(failed(url, **fields))
        Upstream.objects.all().delete()

    assert sentences == [
        "the server refused the key that is stored here (HTTP 401): no.",
        "the server refused the key in MINE_KEY (HTTP 401): no.",
        "the server wants a key (HTTP 401), but NO_SUCH_KEY is not set here: no.",
        "the server refused us without a key (HTTP 401): give one with --key or --key-env: no.",
    ]


def test_a_key_that_the_server_repeats_is_not(server):
    sentence = failed(server.url, "401", key="canary-0123456789")

    assert sentence.startswith("the server refused the key that is stored here (HTTP 401)")
    assert "canary" not in sentence


def test_a_path_that_is_none(server):
    sentence = failed(f"{server.origin}/other/v1")

    assert sentence == (
        f"there is nothing at {server.origin}/other/v1 (HTTP 404): is the path right?"
    )


def test_a_model_that_is_not_there(server):
    sentence = failed(server.url, "llama-99")

    assert sentence.startswith("there is no model llama-99: it has ")
    assert sentence.endswith(" more.")


def test_a_model_that_is_listed_and_gone(server):
    assert failed(server.url, "404") == "it has no model 404 (any more)."


def test_a_server_that_is_busy():
    said = b'{"error": {"message": "You exceeded your quota."}}'

    with answering(json_answer(b"429 Too Many Requests", said)) as port:
        sentence = failed(f"http://127.0.0.1:{port}/v1")

    assert sentence == (
        "it is busy, or the quota is used up (HTTP 429, try again in 7 s): You exceeded your quota."
    )


def test_a_server_that_fails_at_length():
    said = b'{"error": {"message": "Out of memory ' + b"x" * 100_000 + b'"}}'

    with answering(json_answer(b"500 X", said)) as port:
        sentence = failed(f"http://127.0.0.1:{port}/v1")

    assert sentence.startswith("the server failed (HTTP 500): Out of memory xxx")
    assert len(sentence) < 400


def test_a_server_that_sends_us_elsewhere(server):
    assert "sends us elsewhere (HTTP 307)" in failed(server.url, "redirect")


# It is something else


def test_a_web_page(server):
    assert failed(server.url, "html-page") == (
        f"{server.url} is a web page, not an OpenAI-compatible server: is the path right?"
    )
    Upstream.objects.all().delete()
    page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>Hi"
    with answering(page) as port:
        assert "is a web page, not an OpenAI" in failed(f"http://127.0.0.1:{port}/v1")


def test_another_server_that_speaks_json():
    with answering(json_answer(b"200 OK", b'{"results": []}')) as port:
        sentence = failed(f"http://127.0.0.1:{port}/v1")

    assert sentence == (
        f"http://127.0.0.1:{port}/v1 does not answer like an OpenAI-compatible server: "
        "is the path right?"
    )


def test_a_server_that_is_not_a_cog_server(server):
    assert failed(f"{server.origin}/other", kind="cog") == "this is a server, but not a Cog server."


# It answers badly


def test_a_server_that_is_silent(server):
    start = time.monotonic()

    assert failed(server.url, "silent", seconds=0.4) == (
        "no word came within 0.4 s (model silent)."
    )
    assert time.monotonic() - start < 5


def test_a_server_that_does_not_even_list():
    with answering(None) as port:
        sentence = failed(f"http://127.0.0.1:{port}/v1", seconds=0.4)

    assert sentence == "it did not list its models within 0.4 s."


def test_an_answer_that_stalls(server):
    assert failed(server.url, "stall", seconds=0.6).startswith(
        "the answer had no end within 0.6 s: first word after 0."
    )


def test_an_answer_without_its_end_marker(server):
    for model in ("no-end-marker", "cut"):
        assert failed(server.url, model).startswith("the answer broke off without its end marker")
        Upstream.objects.all().delete()


def test_an_error_inside_the_answer(server):
    assert failed(server.url, "error-in-stream") == (
        "the model's server reported an error: secret detail."
    )


# It is set up wrongly here


def test_a_key_that_cannot_be_decrypted(server, settings):
    made = upstream(server.url, key="canary-0123456789")
    settings.KEY_RING = ["YW5vdGhlci1mb3ItdGVzdHMtb25seS1mb3ItdGVzdHM="]

    trial = try_out(made, "words")

    assert trial == Trial(
        False,
        "mine: its key cannot be decrypted, as KEY_RING does not hold the key that encrypted it: "
        "restore that key, or enter the key again.",
    )


def test_headers_that_cannot_be_decrypted(server, settings):
    made = upstream(server.url, headers={"X-Auth": "canary-0123456789"})
    settings.KEY_RING = ["YW5vdGhlci1mb3ItdGVzdHMtb25seS1mb3ItdGVzdHM="]

    assert try_out(made, "words").sentence.startswith("mine: its headers cannot be decrypted")


# Where the prompt goes


@pytest.mark.parametrize(
    ("properties", "required", "expected"),
    [
        ({"prompt": {"type": "string"}}, ("prompt",), {"prompt": "Say hello."}),
        ({"text": {"type": "string"}, "n": {"type": "integer"}}, (), {"text": "Say hello."}),
        ({"riddle": {"type": "string"}}, ("riddle",), {"riddle": "Say hello."}),
        ({"n": {"type": "integer", "default": 3}}, (), {}),
    ],
)
def test_the_prompt_goes_where_the_model_takes_one(properties, required, expected):
    assert question(streaming_schema(properties, required)) == expected


def test_a_model_that_takes_more_than_a_prompt_is_a_sentence(server):
    made = upstream(server.url)
    schema = streaming_schema({"image": {"type": "integer"}}, ("image",))
    catalogue.sync(made, [FoundModel("words", schema)])

    trial = try_out(made)

    assert not trial.is_good
    assert "takes more than a prompt: image must be of type integer" in trial.sentence
    assert LanguageModel.objects.count() == Version.objects.count() == 1


def test_what_a_server_says_cannot_play_with_the_terminal():
    body = b'{"error": {"message": "\\u001b]0;mine\\u0007\\u001b[2Jgone \\u202edlo\\u009b31m"}}'
    with answering(json_answer(b"500 No", body)) as port:
        sentence = failed(f"http://127.0.0.1:{port}/v1", "words")

    assert sentence.isprintable()
    assert "gone" in sentence


def test_the_names_of_models_cannot_play_with_the_terminal():
    routes = {"GET /v1/models": {"body": json.dumps({"data": [{"id": "\x1b[2Jm"}]})}}
    with ScriptedServer(routes) as scripted:
        sentence = failed(f"{scripted.origin}/v1", "other")

    assert sentence.isprintable()
