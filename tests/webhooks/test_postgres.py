"""The outbox on PostgreSQL: two servers share it, and it outlives an outage of the database."""

from collections import Counter

import pytest

from tests.predictions.test_postgres import cluster  # noqa: F401 - a fixture
from tests.receiver import Receiver
from tests.running import RunningServer, wait_until

from .conftest import SETTINGS, ask


@pytest.fixture(scope="module")
def servers(cluster, tmp_path_factory):  # noqa: F811
    """Two servers that share one database."""
    data_dir = tmp_path_factory.mktemp("servers") / "data"
    data = {"DATA_DIR": str(data_dir), "DATABASE_URL": cluster.url, **SETTINGS}
    started = [RunningServer(data), RunningServer(data)]
    for server in started:
        server.start()
    started[1].token = started[0].token
    yield started
    for server in started:
        server.kill()


def test_two_servers_tell_each_end_once(servers):
    with Receiver() as receiver:
        asked = [
            ask(servers[n % 2], receiver.url, ["completed"], max_new_tokens=2) for n in range(20)
        ]
        ids = Counter({each["id"]: 1 for each in asked})
        wait_until(lambda: len(receiver.messages) >= 20, 20, why=servers[0].output)

        assert Counter(each.prediction["id"] for each in receiver.messages) == ids


def test_words_are_told_while_they_come(servers):
    with Receiver() as receiver:
        ask(servers[0], receiver.url, ["start", "output", "completed"], max_new_tokens=90)
        wait_until(
            lambda: any(each.prediction["completed_at"] for each in receiver.messages),
            20,
            why=servers[0].output,
        )

    statuses = [each.prediction["status"] for each in receiver.messages]
    assert statuses == ["processing"] * (len(statuses) - 1) + ["succeeded"]
    assert len(statuses) >= 4


def test_an_end_that_is_to_be_told_again_outlives_an_outage_of_the_database(servers, cluster):  # noqa: F811
    with Receiver(500) as receiver:
        ask(servers[0], receiver.url, ["completed"], max_new_tokens=1)
        wait_until(lambda: receiver.messages, 20, why=servers[0].output)
        cluster.stop()
        cluster.start()
        wait_until(lambda: len(receiver.messages) == 2, 20, why=servers[0].output)

    assert len({each.id for each in receiver.messages}) == 1
