"""Canaries: a key and a header, stored or from the environment, reach their upstream and appear
nowhere else, whatever that upstream says and whatever breaks here."""

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from urllib.parse import quote

import httpx
import pytest

from tests.conftest import copy_of
from tests.receiver import Receiver
from tests.running import RunningServer, wait_until
from tests.servers import ScriptedServer

from .broken_servers import free_port

STORED = 'canary/stored+"key"'
VARIABLE = "canary-of-the-environment"
HEADER = "canary-of-a-header"
CANARIES = (STORED, VARIABLE, HEADER)
ECHO = f"{STORED} and {HEADER}"
SSE = "text/event-stream"
GOOD = 'data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
IN_STREAM = f"data: {json.dumps({'error': {'message': ECHO, 'code': ECHO}})}\n\n"
MODELS = json.dumps({"data": [{"id": "m"}]})
CHAT = "/v1/chat/completions"
ROUTES = {
    "GET /good/v1/models": {"body": MODELS},
    f"POST /good{CHAT}": {"type": SSE, "body": GOOD},
    f"POST /refusing{CHAT}": {"status": 401, "body": json.dumps({"error": {"message": ECHO}})},
    f"POST /variable{CHAT}": {"status": 401, "body": json.dumps({"error": VARIABLE})},
    f"POST /failing{CHAT}": {"status": 500, "body": f"<html>{escape(ECHO)} {quote(ECHO)}"},
    f"POST /late{CHAT}": {"type": SSE, "body": GOOD.partition("data: [")[0][:20] + IN_STREAM},
    f"POST /inside{CHAT}": {"type": SSE, "body": IN_STREAM},
    f"POST /elsewhere{CHAT}": {"status": 307, "headers": {"Location": f"/?key={quote(ECHO)}"}},
    f"POST /long{CHAT}": {"status": 400, "body": "x" * (4096 - 8) + STORED},
    f"POST /garbled{CHAT}": {"body": f"no JSON, but {ECHO}"},
}
KINDS = ["good", *re.findall(r"POST /(?!good|variable)(\w+)/", " ".join(ROUTES)), "away"]
VARIABLES = ("good", "variable")  # upstreams whose key the environment has
NAMES = [*KINDS, *(f"{kind}-by-variable" for kind in VARIABLES)]


def spellings(canary: str) -> Iterator[str]:
    yield from (canary, quote(canary, safe=""), escape(canary), json.dumps(canary)[1:-1])
    for start in range(3):  # wherever it lies in what was encoded
        encoded = base64.b64encode(b" " * start + canary.encode()).decode()
        yield encoded[4 * bool(start) : -4].rstrip("=")


def assert_discreet(text: str, where: str) -> None:
    assert len(text) > 0, where
    for canary in CANARIES:
        for spelling in spellings(canary):
            at = text.find(spelling)
            assert at < 0, f"{where}: …{text[max(0, at - 200) : at + 60]}…"
    # What was cut off keeps none of it either.
    assert not re.search(r"canary[/-](?!of-the-environment|of-a-header)", text), where


@pytest.fixture(scope="module")
def upstream_server():
    with ScriptedServer(ROUTES) as running:
        yield running


@pytest.fixture(scope="module")
def server(first_run, tmp_path_factory, upstream_server):
    """A server that has each of these upstreams, with the canaries."""
    settings = {"LOG_LEVEL": "DEBUG", "WEBHOOK_ALLOW_PRIVATE": "true", "MINE_KEY": VARIABLE}
    server = copy_of(first_run, tmp_path_factory.mktemp("canary") / "data", settings)
    more = ["--model", "m", "--header", f"X-Canary: Bearer {HEADER}"]
    place = f"{upstream_server.origin}/%s/v1"
    stored = [["add", "openai", place % kind, "--name", kind, "--key", *more] for kind in KINDS]
    known = [
        ["add", "openai", place % kind, "--name", f"{kind}-by-variable", "--key-env", "MINE_KEY"]
        for kind in VARIABLES
    ]
    away = ["change", "away", "--url", f"http://127.0.0.1:{free_port()}/v1"]
    told = run(
        server,
        [*stored, *([*each, *more] for each in known), away],
        typed=f"{STORED}\n" * len(stored),
    )
    assert told.count("Added ") == len(NAMES), told
    assert_discreet(told, "upstream add")
    server.start()
    yield server
    server.kill()


def run(server: RunningServer, commands: list[list[str]], typed: str = "") -> str:
    """What `manage.py upstream` says, to each of these arguments, in one process for speed."""
    code = (
        "import sys\nfrom django.core.management import call_command, CommandError\n"
        f"for arguments in {commands!r}:\n"
        "    try: call_command('upstream', *arguments, stderr=sys.stdout)\n"
        "    except CommandError as error: print('CommandError:', error)\n"
    )
    return server.shell(code, typed)


@pytest.fixture(scope="module")
def predictions(server) -> dict[str, dict]:
    """A prediction at each upstream, once all have ended, by the upstream's name; what was told of
    them on the way is discreet."""
    with Receiver() as receiver:
        created = {name: create(server, name, receiver.url) for name in NAMES}
        ended = {name: server.ended(each["id"]) for name, each in created.items()}
        wait_until(lambda: completed(receiver) == len(NAMES), seconds=20)
        for message in receiver.messages:
            assert_discreet(message.body.decode() + str(message.headers), "webhook")
    return ended


def create(server: RunningServer, name: str, webhook: str) -> dict:
    body = {"version": f"{name}/m", "input": {"prompt": "Hi"}, "webhook": webhook}
    response = server.post("/v1/predictions", body)
    assert_discreet(response.text, "the answer to a create")
    return response.json()


def completed(receiver: Receiver) -> int:
    return sum(bool(message.prediction["completed_at"]) for message in receiver.messages)


@contextmanager
def admin(server: RunningServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, follow_redirects=True, timeout=30) as client:
        client.get("/admin/login/")
        post(client, "/admin/login/", username="admin", password=server.password, next="/admin/")
        yield client


def post(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    token = client.cookies["csrftoken"]
    return client.post(path, data={"csrfmiddlewaretoken": token, **fields})


def ids(server: RunningServer) -> list[str]:
    code = "from predictions.models import *; print(*Upstream.objects.values_list('id', flat=True))"
    return server.shell(code).split()


def test_the_canaries_reach_their_upstream(upstream_server, predictions):
    asked = [each for each in upstream_server.seen if each["method"] == "POST"]

    sent = {(each["path"].split("/")[1], each["headers"]["authorization"]) for each in asked}
    assert {(kind, f"Bearer {STORED}") for kind in KINDS if kind != "away"} <= sent
    assert {(kind, f"Bearer {VARIABLE}") for kind in VARIABLES} <= sent
    assert {each["headers"]["x-canary"] for each in asked} == {f"Bearer {HEADER}"}


def test_no_answer_tells_them(server, predictions):
    for name, prediction in predictions.items():
        assert prediction["status"] == ("succeeded" if name.startswith("good") else "failed")
        assert_discreet(json.dumps(prediction), name)
        assert_discreet(httpx.get(prediction["urls"]["stream"]).text, f"stream of {name}")
    for path in ("predictions", "models", "collections", "account", "models/refusing/m/versions"):
        assert_discreet(server.get(f"/v1/{path}").text, path)


def test_what_the_servers_said_is_kept_for_operators_without_them(server, predictions):
    code = (
        "from predictions.models import *\n"
        "for each in Prediction.objects.exclude(error=''): print(each.upstream, each.error_detail)"
    )

    details = server.shell(code)

    assert_discreet(details, "error_detail")
    assert details.count("[key]") > 6


def test_neither_trials_nor_syncs_tell_them(server):
    trials = [["test", name, "--model", "m"] for name in NAMES]

    told = run(server, [*trials, ["sync", "--all"], ["rekey"]])

    assert told.count(" answers: ") == 2
    assert told.count("CommandError: ") == len(NAMES) - 2 + 1
    assert_discreet(told, "upstream test, sync and rekey")


def test_neither_the_list_nor_a_dump_of_the_database_tells_them(server, predictions):
    assert_discreet(server.manage("upstream", "list"), "upstream list")
    dump = server.manage("dumpdata")

    assert len(json.loads(dump)) > 50
    assert_discreet(dump, "dumpdata")


def test_no_page_of_the_admin_tells_them(server, predictions):
    nonsense = {"kind": "openai", "base_url": "x", "new_key": STORED, "new_headers": f"a {HEADER}"}
    with admin(server) as client:
        for id in ids(server):
            page = f"/admin/predictions/upstream/{id}/change/"
            saved = post(client, page, kind="openai", base_url="http://127.0.0.1:1", enabled="on")
            assert_discreet(saved.text, page)
            refused = post(client, page, **nonsense)
            assert "The URL must be like" in refused.text
            assert_discreet(refused.text, f"{page} with an error")
            for other in ("change", "delete", "history"):
                assert_discreet(client.get(f"{page}../{other}/").text, f"{page}../{other}/")
        for path in (
            *("upstream", "upstream/add", "version", "languagemodel", "prediction", "deployment"),
            *("webhookdelivery", "webhooksecret", "file", "apitoken"),
        ):
            assert_discreet(client.get(f"/admin/predictions/{path}/").text, path)
        for prediction in predictions.values():
            path = f"/admin/predictions/prediction/{prediction['id']}/change/"
            assert_discreet(client.get(path).text, path)
        for path in ("/", "/admin/", "/metrics", "/v1/openapi.json"):
            assert_discreet(client.get(path).text, path)


def test_no_file_holds_them(server, predictions):
    files = [path for path in server.data_dir.rglob("*") if path.is_file()]

    assert {"rivulet.sqlite3", "rivulet.sqlite3-wal"} <= {path.name for path in files}
    for path in files:
        if path.stat().st_size and "static" not in path.parts:
            assert_discreet(path.read_bytes().decode("latin-1"), path.name)


def test_the_log_at_its_most_talkative_does_not_tell_them(server, predictions):
    log = server.output()

    assert "DEBUG" in log
    assert "The model's server refused our key. HTTP 401" in log
    assert_discreet(log, "the log")


def test_a_crash_does_not_tell_them_even_where_it_shows_everything_else(make_server):
    """With DEBUG, Django's own page for a crash shows what was posted and every local variable."""
    server = make_server(DEBUG="true", LOG_LEVEL="DEBUG")
    server.shell(
        "from django.db import connection as c; c.cursor().execute('DROP TABLE django_admin_log')"
    )
    with admin(server) as client:
        crash = post(
            client,
            "/admin/predictions/upstream/add/",
            **{"name": "new", "kind": "openai", "base_url": "http://127.0.0.1:1"},
            **{"new_key": STORED, "new_headers": f"X-Canary: {HEADER}"},
        )

    assert crash.status_code == 500
    assert "no such table" in crash.text
    assert "new_headers" in crash.text
    assert_discreet(crash.text, "the page of a crash")
    assert "Traceback" in server.output()
    assert_discreet(server.output(), "the log of a crash")
