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


EPOCHS = """
from predictions.models import Prediction
print(set(Prediction.objects.filter(id__in={}).values_list("epoch", flat=True)))
"""


def as_nobody_special(*command: str) -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else [*command]


class Cluster:
    """A private PostgreSQL in `folder`, to be stopped and started as a test wants."""

    def __init__(self, folder: str, *, is_new: bool = True) -> None:
        self._folder, self._port = folder, str(free_port())
        self.url = f"postgres://rivulet@127.0.0.1:{self._port}/postgres"
        place = ["-D", f"{folder}/data", "-A", "trust", "-U", "rivulet"]
        if is_new:
            self._run("initdb", *place)

    def start(self) -> None:
        options = f"-p {self._port} -k {self._folder} -h 127.0.0.1"
        log = ["-l", f"{self._folder}/log"]
        self._run("pg_ctl", "start", "-w", "-D", f"{self._folder}/data", *log, "-o", options)

    def stop(self, how: str = "immediate") -> None:
        """At once, as a crash would; or "fast", in order."""
        self._run("pg_ctl", "stop", "-D", f"{self._folder}/data", "-m", how)

    def _run(self, program: str, *arguments: str) -> None:
        command = as_nobody_special(os.path.join(PROGRAMS[-1], program), *arguments)
        output = subprocess.DEVNULL  # not a pipe: the server would keep it open
        subprocess.run(command, check=True, stdout=output, stderr=output, cwd="/", timeout=60)


@pytest.fixture(scope="module")
def cluster():
    if not PROGRAMS and not os.environ.get("CI"):
        pytest.skip("PostgreSQL is missing: apt install postgresql")
    with tempfile.TemporaryDirectory(prefix="rivulet-postgres-") as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        running = Cluster(folder)
        running.start()
        yield running
        running.stop()


@pytest.fixture(scope="module")
def servers(cluster, tmp_path_factory):
    """Two servers that share one database."""
    data = {
        "DATA_DIR": str(tmp_path_factory.mktemp("servers") / "data"),
        "DATABASE_URL": cluster.url,
    }
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
    epochs = servers[0].shell(EPOCHS.format([each["id"] for each in ended]))
    assert epochs == "{1}\n", "one was claimed twice"


def test_servers_share_the_turns_at_an_upstream(servers):
    limits = "from predictions.models import Upstream; Upstream.objects.update(max_runs={})"
    servers[0].shell(limits.format(1))
    created = [servers[n % 2].create(max_new_tokens=3, seed=n) for n in range(8)]

    ended = sorted(
        (servers[0].ended(each["id"]) for each in created), key=lambda each: each["started_at"]
    )
    servers[0].shell(limits.format(None))

    assert {each["status"] for each in ended} == {"succeeded"}
    for earlier, later in itertools.pairwise(ended):
        assert earlier["completed_at"] < later["started_at"], "two at once"


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


def test_an_answer_survives_an_outage_of_the_database_longer_than_its_lease(servers, cluster):
    server = servers[0]
    servers[1].pause()
    created = server.create(max_new_tokens=80)
    wait_until(lambda: server.prediction(created["id"])["output"], seconds=5)

    cluster.stop()
    time.sleep(1.5)  # the lease is one second
    cluster.start()
    ended = server.ended(created["id"], seconds=20)
    servers[1].revive()

    assert ended["status"] == "succeeded"
    assert words(list(listen(created["urls"]["stream"]))) == ended["output"]
    assert len(ended["output"]) == 80
