"""The same engine on PostgreSQL, in a private cluster: log, fence and endings hold there too."""

import glob
import itertools
import os
import shutil
import subprocess
import tempfile
import time

import pytest

from tests.listening import listen, words
from tests.running import RunningServer, free_port, wait_until

PROGRAMS = sorted(glob.glob("/usr/lib/postgresql/*/bin"))


def as_nobody_special(*command: str) -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else [*command]


@pytest.fixture(scope="module")
def cluster():
    if not PROGRAMS and not os.environ.get("CI"):
        pytest.skip("PostgreSQL is missing: apt install postgresql")
    with tempfile.TemporaryDirectory(prefix="rivulet-postgres-") as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        yield from running_cluster(folder, str(free_port()))


def running_cluster(folder: str, port: str):
    initdb, postgres, is_ready = (
        os.path.join(PROGRAMS[-1], name) for name in ("initdb", "postgres", "pg_isready")
    )
    place = as_nobody_special(initdb, "-D", f"{folder}/data", "-A", "trust", "-U", "rivulet")
    subprocess.run(place, check=True, capture_output=True, cwd="/")
    options = ["-D", f"{folder}/data", "-p", port, "-k", folder, "-h", "127.0.0.1"]
    process = subprocess.Popen(
        as_nobody_special(postgres, *options),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
    )
    ask = [is_ready, "-h", "127.0.0.1", "-p", port, "-q"]
    wait_until(lambda: subprocess.run(ask).returncode == 0, seconds=30)
    yield f"postgres://rivulet@127.0.0.1:{port}/postgres"
    process.terminate()
    process.wait(30)


@pytest.fixture(scope="module")
def servers(cluster, tmp_path_factory):
    """Two servers that share one database."""
    data = {"DATA_DIR": str(tmp_path_factory.mktemp("servers") / "data"), "DATABASE_URL": cluster}
    started = []
    for _ in range(2):
        server = RunningServer(data | {"LEASE_SECONDS": "1", "DEMO_WORDS_PER_SECOND": "20"})
        server.start()
        started.append(server)
    started[1].token = started[0].token
    yield started
    for server in started:
        server.kill()


def test_the_replayed_log_equals_the_stored_output(servers):
    created = servers[0].create()

    live = list(listen(created["urls"]["stream"]))
    stored = servers[0].ended(created["id"])

    assert stored["status"] == "succeeded"
    assert words(live) == words(list(listen(created["urls"]["stream"]))) == stored["output"]
    gaps = [later.at - earlier.at for earlier, later in itertools.pairwise(live)]
    assert sum(gap > 0.01 for gap in gaps) > len(gaps) * 0.7, "it came in lumps"


def test_a_server_hears_what_another_writes(servers):
    created = servers[0].create()
    elsewhere = servers[1].url + "/v1/streams/" + created["urls"]["stream"].rpartition("/")[2]

    assert words(list(listen(elsewhere))) == servers[1].ended(created["id"])["output"]


def test_each_prediction_is_run_once_though_two_servers_want_it(servers):
    created = [servers[n % 2].create(max_new_tokens=5, seed=n) for n in range(12)]

    ended = [servers[0].ended(each["id"]) for each in created]

    assert {each["status"] for each in ended} == {"succeeded"}
    assert [len(each["output"]) for each in ended] == [5] * 12


def test_cancel_works_from_the_other_server(servers):
    created = servers[0].create(max_new_tokens=1000)
    stream = listen(created["urls"]["stream"])
    heard = [next(stream) for _ in range(3)]

    servers[1].post(f"/v1/predictions/{created['id']}/cancel")
    heard += list(stream)

    assert heard[-1].data == '{"reason": "canceled"}'
    assert servers[1].ended(created["id"])["output"] == words(heard)


def test_what_the_database_cannot_keep_is_replaced(servers):
    created = servers[0].create(prompt="nul \x00 and half an emoji \ud83e", max_new_tokens=2)

    kept = servers[0].ended(created["id"])["input"]["prompt"]
    assert kept == "nul \ufffd and half an emoji \ufffd"


def test_a_paused_and_revived_runner_writes_nothing(servers):
    first, second = servers
    created = first.create(max_new_tokens=1000)
    stream = listen(created["urls"]["stream"])
    shown = [next(stream) for _ in range(5)]
    stream.close()

    first.pause()
    ended = second.ended(created["id"], seconds=10)
    first.revive()
    wait_until(lambda: "taken over" in first.output(), seconds=10)
    time.sleep(0.05)

    assert ended["status"] == "failed"
    assert ended["output"][:5] == words(shown)
    assert second.prediction(created["id"]) == ended
