"""Settings: each is documented, nonsense is refused with a sentence, a first run is prepared."""

import os
import re
import stat
import subprocess
import sys

import pytest

from tests.running import ROOT, wait_until

READ = re.compile(
    r'env\.(?:text|boolean|numbers?|whole|choice|words|origin|origins)\(\s*"([A-Z_]+)"'
)
KEYS = re.compile(
    r'"([A-Z]+_API_(?:KEY|TOKEN))"|text\("([A-Z_]+)"|environ\.get\("([A-Z_]+)"|"([A-Z]+_BASE_URL)"'
)


def manage(tmp_path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    base = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, "DATA_DIR": str(tmp_path / "data")}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=base | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_example_lists_every_setting():
    names = set(READ.findall((ROOT / "chatapp/settings.py").read_text()))
    for path in ("chatapp/environment.py", "predictions/discovery.py"):
        names |= {
            name for found in KEYS.findall((ROOT / path).read_text()) for name in found if name
        }
    listed = re.findall(r"^#([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M)

    assert len(names) > 25
    assert sorted(listed) == sorted(set(listed))
    assert set(listed) == names


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("CHAT_REQUIRE_LOGIN", "yes please", "must be true or false, not 'yes please'"),
        ("PORT", "eighty", "must be a number, not 'eighty'"),
        ("PORT", "8000.5", "must be a whole number, not 8000.5"),
        ("RUN_CAPACITY", "inf", "must be a number, not 'inf'"),
        ("LOG_LEVEL", "loud", "must be one of"),
        ("PORT", "70000", "must be between 1 and 65535, not 70000"),
        ("PUBLIC_URL", "chat.example.org", "must be like https://chat.example.org"),
        ("CORS_ORIGINS", "https://a.example/path", "must be like https://chat.example.org"),
        ("DATABASE_URL", "what", "cannot be read"),
        ("LEASE_SECONDS", "60", "between 1 and 15"),
        ("REDIS_URL", "127.0.0.1:6379", "must be like redis://127.0.0.1:6379"),
        ("WEBHOOK_RETRY_SECONDS", "5,soon", "must be numbers with commas between"),
        ("WEBHOOK_RETRY_SECONDS", "5,-1", "must be numbers with commas between"),
    ],
)
def test_nonsense_is_refused_with_one_sentence_that_names_it(tmp_path, name, value, sentence):
    finished = manage(tmp_path, "up", **{name: value})

    assert finished.returncode == 1
    assert finished.stderr.startswith("Rivulet cannot start: ")
    assert name in finished.stderr
    assert sentence in finished.stderr
    assert finished.stderr.count("\n") == 1


WITHOUT_REDIS = """
import runpy, sys
sys.modules["redis"] = None
sys.argv = ["manage.py", "check"]
runpy.run_path("manage.py", run_name="__main__")
"""


def test_redis_without_its_package_is_one_sentence(tmp_path):
    finished = subprocess.run(
        [sys.executable, "-c", WITHOUT_REDIS],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "ENV_FILE": os.devnull,
            "DATA_DIR": str(tmp_path),
            "REDIS_URL": "redis://127.0.0.1:1",
        },
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert finished.returncode == 1
    assert finished.stderr == (
        "Rivulet cannot start: REDIS_URL needs the Python package redis: pip install redis\n"
    )


def test_the_secret_key_is_made_once_and_for_the_owner_only(tmp_path):
    manage(tmp_path, "check")
    key = tmp_path / "data/secret_key"
    made = key.read_text()
    manage(tmp_path, "check")

    assert len(made) > 50
    assert key.read_text() == made
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700


def test_a_key_in_the_env_file_is_found_when_the_server_starts(
    make_server, openai_server, tmp_path
):
    env_file = tmp_path / "env"
    env_file.write_text(f"OPENAI_API_KEY=sk-test\nOPENAI_BASE_URL={openai_server.url}\n")

    server = make_server(ENV_FILE=str(env_file), DISCOVER_UPSTREAMS="true")
    wait_until(lambda: "Found openai" in server.output(), seconds=10)

    assert server.ended(server.create("openai/words")["id"])["status"] == "succeeded"
    assert "sk-test" not in server.output()


def test_a_key_that_was_cut_off_is_made_anew(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/secret_key").touch()

    manage(tmp_path, "check")

    assert len((tmp_path / "data/secret_key").read_text()) > 50


def test_a_taken_port_is_one_sentence(tmp_path, server):
    finished = manage(tmp_path, "up", PORT=server.environment["PORT"])

    assert finished.returncode == 1
    assert "PORT=8001 make up" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")

    finished = manage(tmp_path, "up", DATA_DIR=str(tmp_path / "file" / "data"))

    assert finished.returncode == 1
    assert "cannot be written" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_a_second_start_says_no_secrets_and_is_fast(make_server):
    server = make_server()

    assert "password" not in server.output()
    assert server.token not in server.output()
    assert f"Serving on {server.url}" in server.output()


def test_an_empty_key_ring_is_one_sentence(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "key_ring").write_text("\n")

    finished = manage(tmp_path, "check", SECRET_KEY="x")

    assert finished.returncode != 0
    assert "the key ring is empty: set KEY_RING." in finished.stderr
