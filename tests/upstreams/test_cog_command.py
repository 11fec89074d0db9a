import importlib.util
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from .cog_servers import PREDICTORS, status
from .listening import hear

ROOT = Path(__file__).parent.parent.parent
SEED = "The quick brown fox jumps over the lazy dog "


class Manage:
    """manage.py in processes of their own, on a data folder of their own."""

    def __init__(self, data: Path) -> None:
        settings = {"DJANGO_SETTINGS_MODULE": "chatapp.settings", "DATA_DIR": str(data)}
        self.environment = os.environ | settings

    def run(self, *arguments: str) -> str:
        command = [sys.executable, ROOT / "manage.py", *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        return done.stdout + done.stderr

    def start(self, *arguments: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, ROOT / "manage.py", *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture
def manage(tmp_path):
    manage = Manage(tmp_path)
    manage.run("migrate", "-v0")
    return manage


def until_ready(process: subprocess.Popen) -> str:
    """What it says until it is ready."""
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("Ready."):
            return said
    raise AssertionError(said)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_predictors_file_runs_until_it_is_stopped_and_leaves_nothing(manage, number):
    with manage.start("cog", f"{PREDICTORS}/seed.py:Predictor") as process:
        said = until_ready(process)
        listed = manage.run("upstream", "list")
        url = re.search(r"http://127\.0\.0\.1:\d+", listed)[0]
        heard = hear("cog", url, "predictor", {})
        workers = children(process.pid)
        process.send_signal(number)
        process.stdout.read()

    assert "Chat with seed/predictor at http://127.0.0.1:8000/" in said
    assert (heard.text, len(heard.words)) == (SEED, 9)
    assert process.returncode == 0
    assert status(url) == "DOWN"
    assert "disabled" in manage.run("upstream", "list")
    assert len(workers) >= 2
    assert not [worker for worker in workers if is_alive(worker)]


def test_one_in_the_background_of_a_shell_can_be_stopped(manage):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell's `&` has it
    process = manage.start("cog", f"{PREDICTORS}/seed.py:Predictor")
    signal.signal(signal.SIGINT, before)
    with process:
        until_ready(process)
        process.terminate()
        try:
            said, _ = process.communicate(timeout=20)
        finally:
            process.kill()

    assert "Stopped seed." in said


def test_a_predictor_whose_answer_comes_at_once_is_tried_on_its_page(manage):
    with manage.start("cog", f"{PREDICTORS}/form.py:Predictor") as process:
        said = until_ready(process)
        process.send_signal(signal.SIGINT)
        process.stdout.read()

    assert "Try form/predictor at http://127.0.0.1:8000/models/form/predictor/ (Ctrl-C" in said


def test_running_it_again_enables_it_again(manage):
    for _ in range(2):
        with manage.start("cog", f"{PREDICTORS}/seed.py:Predictor", "--name", "fox") as process:
            until_ready(process)
            listed = manage.run("upstream", "list")
            process.send_signal(signal.SIGTERM)
            process.stdout.read()
        assert "fox: cog, http://127.0.0.1:" in listed
        assert "disabled" not in listed


def test_what_setup_prints_is_shown(manage):
    with manage.start("cog", f"{PREDICTORS}/slow.py:Runner") as process:
        said = until_ready(process)
        process.send_signal(signal.SIGTERM)
        said += process.stdout.read()

    assert "warming up" in said


def test_a_setup_that_fails_says_why(manage):
    said = manage.run("cog", f"{PREDICTORS}/broken_setup.py:Predictor")

    assert "CommandError: The predictor's setup failed." in said
    assert "no weights here" in said


def test_stopping_it_during_setup_leaves_nothing(manage, tmp_path):
    sleeper = tmp_path / "sleeper.py"
    sleeper.write_text(
        "import time\nfrom cog import BaseRunner\n\n\nclass Runner(BaseRunner):\n"
        "    def setup(self) -> None:\n        print('sleeping')\n        time.sleep(60)\n\n"
        "    def run(self) -> str:\n        return ''\n"
    )
    with manage.start("cog", f"{sleeper}:Runner") as process:
        while "sleeping" not in (line := process.stdout.readline()):
            assert line
        workers = children(process.pid)
        process.send_signal(signal.SIGTERM)
        process.stdout.read()

    assert process.returncode == 0
    assert not [worker for worker in workers if is_alive(worker)]


@pytest.mark.parametrize(
    ("predictor", "sentence"),
    [
        ("nowhere.py:Predictor", "There is no file nowhere.py"),
        (f"{PREDICTORS}/seed.py", "Name the file and its class"),
        (f"{PREDICTORS}/seed.py:", "Name the file and its class"),
    ],
)
@pytest.mark.django_db
def test_a_predictor_that_is_not_there_is_a_sentence(predictor, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("cog", predictor)


def test_without_the_cog_package_the_operator_is_told_how_to_get_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    with pytest.raises(
        CommandError, match=r"pip install --require-hashes -r requirements-cog\.lock"
    ):
        call_command("cog", "predict.py:Predictor")


def children(pid: int) -> list[int]:
    """The processes below `pid`, all the way down."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *children(int(child))]
    return found


def is_alive(pid: int) -> bool:
    """Whether it still runs; one that has just been killed is given a moment.

    A zombie is dead, and in a container the first process may be slow to bury it.
    """
    for _ in range(25):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return False
        if state == "Z":
            return False
        time.sleep(0.02)
    return True
