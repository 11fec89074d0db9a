"""README tells the truth: its commands and snippets are run."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from playwright.sync_api import expect

from tests.clients import javascript
from tests.conftest import copy_of
from tests.pages.hosts import OPEN
from tests.running import ROOT

README = (ROOT / "README.md").read_text()


def snippet(language: str, containing: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", README, re.S)
    return next(block for block in blocks if containing in block)


@pytest.fixture(scope="module")
def server(first_run, tmp_path_factory):
    """A server whose stories are told quickly."""
    data_dir = tmp_path_factory.mktemp("readme") / "data"
    running = copy_of(first_run, data_dir, {"DEMO_WORDS_PER_SECOND": "300"})
    running.start()
    yield running
    running.kill()


def test_the_curl_lines_print_events(server):
    printed = printed_by(server, ["sh", "-c"], snippet("sh", "STREAM_URL="))

    first = r"event: output\nid: \d+:\d+\ndata: \S+\n\n"
    assert re.match(first, printed)
    assert printed.count("event: output") > 20
    assert re.search(r"event: done\nid: \S+\ndata: {}\n\n$", printed)


def test_the_node_lines_print_the_story(server):
    javascript.install()

    printed = printed_by(
        server, ["node", "--input-type=module", "-e"], snippet("js", "replicate.stream")
    )

    assert printed == newest_story(server)


def test_the_python_lines_print_the_story(server):
    printed = printed_by(server, [sys.executable, "-c"], snippet("python", "replicate.stream"))

    assert printed == newest_story(server)


def printed_by(server, command: list[str], lines: str) -> str:
    """The standard output of README's lines, with the address of the server under test."""
    assert "http://127.0.0.1:8000" in lines
    finished = subprocess.run(
        [*command, lines.replace("http://127.0.0.1:8000", server.url)],
        cwd=javascript.HERE,  # where Node finds the client
        env={"PATH": os.environ["PATH"], "REPLICATE_API_TOKEN": server.token},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def newest_story(server) -> str:
    newest = server.get("/v1/predictions").json()["results"][0]
    assert newest["status"] == "succeeded"
    assert len(newest["output"]) > 20
    return "".join(newest["output"])


def test_the_browser_lines_write_the_words_into_another_origins_page(
    make_server, browser, tmp_path
):
    (tmp_path / "index.html").write_text("<!doctype html><title>a page</title>")
    handler = partial(QuietHandler, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        origin = f"http://127.0.0.1:{site.server_port}"
        server = make_server(CORS_ORIGINS=origin)
        created = server.create(max_new_tokens=15)
        page = browser.new_page()
        page.goto(origin)
        lines = f"const prediction = {json.dumps(created)};\n" + snippet("js", "EventSource")
        page.add_script_tag(content=lines)
        expected = "".join(server.ended(created["id"])["output"])
        page.wait_for_function("text => document.body.textContent === text", arg=expected)
        page.close()
        site.shutdown()


SHOP = (
    "from chatapp.models import EmbedSite; "
    "site = EmbedSite.objects.create(name='Shop', key='PUBLIC_KEY', origins='{}'); "
    "print(site.secrets[0])"
)
SIGN = {
    "python": ([sys.executable, "-c"], "\nprint(identity('ann'), end='')"),
    "js": (["node", "--input-type=module", "-e"], "\nprocess.stdout.write(identity('ann'));"),
}


@pytest.mark.parametrize("language", SIGN)
def test_an_identity_that_is_signed_as_shown_is_taken(make_server, language):
    server = make_server()
    secret = server.shell(SHOP.format("")).strip()
    command, last_line = SIGN[language]

    signed = subprocess.run(
        [*command, snippet(language, "RIVULET_SECRET") + last_line],
        env={"PATH": os.environ["PATH"], "RIVULET_SECRET": secret},
        capture_output=True,
        text=True,
        timeout=60,
    )

    arrival = f"{server.url}/embed/PUBLIC_KEY/visit/"
    assert httpx.post(arrival, data={"identity": signed.stdout}).json()["token"], signed.stderr
    assert httpx.post(arrival, data={"identity": signed.stdout}).status_code == 403  # used


def test_the_lines_for_a_site_of_ones_own_open_a_chat_there(make_server, browser, tmp_path):
    handler = partial(QuietHandler, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as shop:
        threading.Thread(target=shop.serve_forever, daemon=True).start()
        server = make_server()
        server.shell(SHOP.format(f"http://localhost:{shop.server_port}"))
        lines = f"<script>{snippet('js', 'Rivulet.draft')}</script>{snippet('html', 'embed.js')}"
        lines = f"<!doctype html><title>A shop</title>{lines}{snippet('html', '<iframe')}"
        (tmp_path / "index.html").write_text(lines.replace("https://chat.example.org", server.url))
        page = browser.new_page()
        page.add_init_script(OPEN)
        page.goto(f"http://localhost:{shop.server_port}")
        panel = page.frame_locator("iframe[src*='panel']")
        box = panel.get_by_role("textbox", name="Message")
        expect(box).to_have_value("When do you open on Sunday?")
        box.press("Enter")
        with page.expect_console_message(lambda each: "assistant" in each.text):
            pass
        assert page.frame_locator("iframe[width='400']").get_by_role("textbox").is_visible()
        page.close()
        shop.shutdown()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def test_an_upstream_is_added_as_shown(server, openai_server):
    lines = snippet("sh", "upstream add").replace("http://127.0.0.1:8001/v1", openai_server.url)
    add, test = (line.split("manage.py ")[1].split() for line in lines.splitlines())

    server.manage(*add)

    assert "mine answers: first word after 0." in server.manage(*test, "--model", "words")
    assert server.ended(server.create("mine/words")["id"])["status"] == "succeeded"


def test_the_token_and_version_commands_do_what_they_say(make_server):
    server = make_server()
    lines = snippet("sh", "manage.py token").splitlines()
    token, added = (server.manage(*line.split("manage.py ")[1].split()) for line in lines)

    reading = {"Authorization": f"Bearer {token.strip()}"}
    assert httpx.get(f"{server.url}/v1/models/me/pirate", headers=reading).status_code == 200
    assert httpx.post(f"{server.url}/v1/predictions", headers=reading, json={}).status_code == 403
    assert "me/pirate" in added
    assert "stream" in server.create("me/pirate")["urls"]


def test_what_is_over_its_age_is_told(server):
    line = snippet("sh", "manage.py prune")

    assert "All is kept" in server.manage(*line.split("manage.py ")[1].split())


def test_the_predictor_file_streams_as_shown(make_server, tmp_path):
    server = make_server()
    (tmp_path / "predict.py").write_text(snippet("python", "BasePredictor"))
    line = next(
        each for each in snippet("sh", "manage.py cog").splitlines() if "manage.py cog" in each
    )
    arguments = line.split("manage.py ")[1].replace("predict.py", str(tmp_path / "predict.py"))

    with server.running(*arguments.split(), until="Ready") as said:
        model = re.search(r"Chat with (\S+)", said)[1]
        ended = server.ended(server.create(model)["id"])

    assert ended["output"] == ["The ", "quick ", "brown ", "fox "]


def test_every_command_and_file_that_is_named_is_there():
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M)
    for target in set(re.findall(r"`?make ([a-z]+)\b", README)):
        assert target in targets
    for path in re.findall(r"\]\((?!http)([^)]+)\)|-r (\S+\.lock)", README):
        assert (ROOT / (path[0] or path[1])).exists()


@pytest.mark.skipif(shutil.which("make") is None, reason="make is missing")
def test_a_python_that_does_not_fit_is_one_sentence(tmp_path):
    for name in ("Makefile", "install.sh", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.8.1\nexit 1\n')
    old.chmod(0o755)
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("sh", "make", "head"):
        (tools / tool).symlink_to(shutil.which(tool))

    finished = subprocess.run(
        ["make", "up", f"PYTHON={old}"],
        cwd=tmp_path,
        env={"PATH": str(tools)},
        capture_output=True,
        text=True,
    )

    assert finished.returncode != 0
    assert "it needs Python 3.11, 3.12 or 3.13" in finished.stderr
    assert "Python 3.8.1" in finished.stderr
    assert "Traceback" not in finished.stderr
    assert sys.version_info >= (3, 11)
