"""README tells the truth: its commands and snippets are run."""

import json
import re
import shutil
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.running import ROOT

README = (ROOT / "README.md").read_text()


def snippet(language: str, containing: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", README, re.S)
    return next(block for block in blocks if containing in block)


def test_the_curl_lines_print_events(server):
    script = snippet("sh", "STREAM_URL=").replace("http://127.0.0.1:8000", server.url)
    environment = {"PATH": "/usr/bin:/bin", "REPLICATE_API_TOKEN": server.token}

    printed = subprocess.run(
        ["sh", "-c", script], env=environment, capture_output=True, text=True, timeout=60
    ).stdout

    example = re.search(r"```\n(event: output.*?)```", README, re.S)[1]
    assert re.sub(r"id: \S+", "id: *", printed).startswith(re.sub(r"id: \S+", "id: *", example))
    assert printed.count("event: output") > 20
    assert "event: done" in printed


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


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def test_an_upstream_is_added_as_shown(server, openai_server):
    line = next(
        each for each in snippet("sh", "upstream add").splitlines() if "upstream add" in each
    )
    arguments = line.split("manage.py ")[1].replace("http://127.0.0.1:8001/v1", openai_server.url)

    server.manage(*arguments.split())

    assert server.ended(server.create("mine/words")["id"])["status"] == "succeeded"


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
