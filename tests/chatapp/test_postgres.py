"""PostgreSQL: what holds on SQLite holds there, test by test."""

import os
import re
import subprocess
import sys

import pytest

from tests.predictions.test_postgres import cluster  # noqa: F401 - a fixture
from tests.running import ROOT


@pytest.mark.parametrize(("tests", "least"), [("test_search.py", 70), ("embed", 140)])
def test_all_of_it_holds_on_postgresql(cluster, tests, least):  # noqa: F811 - that fixture
    command = [sys.executable, "-m", "pytest", f"tests/chatapp/{tests}"]

    run = subprocess.run(
        [*command, "-p", "no:cacheprovider"],
        cwd=ROOT,
        env=os.environ | {"TEST_DATABASE_URL": cluster.url},
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert run.returncode == 0, run.stdout[-5000:]
    assert int(re.search(r"(\d+) passed", run.stdout)[1]) > least
