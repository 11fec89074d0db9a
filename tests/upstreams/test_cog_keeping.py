"""`manage.py cog` keeps its server there: what crashes is started again, what is left ends."""

import os
import re
import signal
import subprocess

import pytest

from .cog_servers import PREDICTORS, status
from .listening import hear
from .test_cog_command import Manage, children, is_alive, until_ready

CRASHES = """
import os, signal, time
from cog import BasePredictor, ConcatenateIterator


class Predictor(BasePredictor):
    def setup(self) -> None:
        print("pid", os.getpid())

    def predict(self, crashes: str = "") -> ConcatenateIterator[str]:
        # The first time only: what it left behind tells.
        for at in range(3):
            if crashes == str(at) and not os.path.exists("crashed"):
                open("crashed", "w").close()
                time.sleep(0.05)
                os.kill(os.getpid(), signal.SIGKILL)
            yield f"word{at} "
"""


@pytest.fixture
def manage(tmp_path):
    manage = Manage(tmp_path / "data")
    manage.run("migrate", "-v0")
    return manage


@pytest.fixture
def predictor(tmp_path):
    (tmp_path / "predictor").mkdir()
    file = tmp_path / "predictor" / "crashes.py"
    file.write_text(CRASHES)
    return f"{file}:Predictor"


def until(process: subprocess.Popen, start: str) -> str:
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith(start):
            return said
    raise AssertionError(said)


def url_of(manage: Manage) -> str:
    return re.search(r"http://127\.0\.0\.1:\d+", manage.run("upstream", "list"))[0]


def stop(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGTERM)
    process.stdout.read()


@pytest.mark.parametrize(
    ("generation", "how"), [(0, "was killed by SIGKILL"), (1, "lost its worker")]
)
def test_a_server_that_is_killed_is_started_again_at_its_place(manage, generation, how):
    with manage.start("cog", f"{PREDICTORS}/seed.py:Predictor") as process:
        until_ready(process)
        url = url_of(manage)
        before = children(process.pid)
        os.kill(before[generation], signal.SIGKILL)
        said = until(process, "Ready again.")
        heard = hear("cog", url, "predictor", {})
        listed = manage.run("upstream", "list")
        stop(process)

    assert said == f"seed.py {how}. It is started again.\nReady again.\n"
    assert heard.text == "The quick brown fox jumps over the lazy dog "
    assert f"{url}, 1 model(s), no key\n" in listed
    assert not [child for child in before if is_alive(child)]


def test_a_server_that_crashes_again_and_again_is_given_up(manage, tmp_path):
    file = tmp_path / "crashing.py"
    file.write_text(
        "import os, threading\nfrom cog import BasePredictor\n\n\n"
        "class Predictor(BasePredictor):\n    def setup(self) -> None:\n"
        "        if os.path.exists('ready-once'):\n            os._exit(3)\n"
        "        open('ready-once', 'w').close()\n"
        "        threading.Timer(1, os._exit, [3]).start()\n\n"
        "    def predict(self) -> str:\n        return ''\n"
    )
    with manage.start("cog", f"{file}:Predictor") as process:
        said = process.stdout.read()

    assert process.returncode == 1
    assert said.count("is started again") == 4
    assert "It crashed 5 times without a calm minute in between, and is given up." in said
    assert "disabled" in manage.run("upstream", "list")


def test_killing_the_command_leaves_no_server_and_the_next_start_disables_its_model(manage):
    with manage.start("cog", f"{PREDICTORS}/seed.py:Predictor", "--name", "fox") as process:
        until_ready(process)
        url, workers = url_of(manage), children(process.pid)
        process.kill()
        process.stdout.read()
    left = [worker for worker in workers if is_alive(worker)]
    before = manage.run("upstream", "list")
    found = manage.run(
        "shell",
        "-v0",
        "-c",
        "from predictions.local_cog.presence import disable_abandoned as d; print(d(), d())",
    )

    assert len(workers) >= 2
    assert left == []
    assert status(url) == "DOWN"
    assert "disabled" not in before
    assert found.strip() == "['fox'] []"
    assert "disabled" in manage.run("upstream", "list")


def test_a_second_command_under_the_same_name_is_refused_and_harms_nothing(manage):
    with manage.start("cog", f"{PREDICTORS}/seed.py:Predictor") as process:
        until_ready(process)
        second = manage.run("cog", f"{PREDICTORS}/seed.py:Predictor")
        listed = manage.run("upstream", "list")
        stop(process)

    assert "seed is being run by another `manage.py cog`: choose another --name." in second
    assert "disabled" not in listed


def test_a_port_that_is_taken_is_a_sentence(manage):
    with manage.start("cog", f"{PREDICTORS}/seed.py:Predictor") as process:
        until_ready(process)
        port = url_of(manage).rpartition(":")[2]
        second = manage.run("cog", f"{PREDICTORS}/echo.py:Predictor", "--port", port)
        stop(process)

    assert f"Port {port} is taken: choose another with --port." in second


@pytest.mark.parametrize(
    ("crashes", "status", "words"),
    [
        ("0", "succeeded", ["word0 ", "word1 ", "word2 "]),
        ("2", "failed", ["word0 ", "word1 "]),
    ],
)
def test_a_crash_costs_only_the_run_that_had_words(make_server, predictor, crashes, status, words):
    server = make_server()
    with server.running("cog", predictor, until="Ready.") as _:
        body = {"version": "crashes/predictor", "input": {"crashes": crashes}}
        created = server.post("/v1/predictions", body).json()
        ended = server.ended(created["id"])

    assert (ended["status"], ended["output"]) == (status, words)
    assert ended["error"] in {None, "The answer was cut off before its end."}
