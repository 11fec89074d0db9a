"""Search on PostgreSQL: what holds on SQLite holds there, test by test."""

import os
import re
import subprocess
import sys

from tests.predictions.test_postgres import cluster  # noqa: F401 - a fixture
from tests.running import ROOT


def test_all_of_search_holds_on_postgresql(cluster):  # noqa: F811 - that fixture
    command = [sys.executable, "-m", "pytest", "tests/chatapp/test_search.py"]

    run = subprocess.run(
        [*command, "-p", "no:cacheprovider"],
        cwd=ROOT,
        env=os.environ | {"TEST_DATABASE_URL": cluster.url},
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert run.returncode == 0, run.stdout[-5000:]
    assert int(re.search(r"(\d+) passed", run.stdout)[1]) > 70
