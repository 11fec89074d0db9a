"""PostgreSQL: what holds on SQLite holds there, test by test."""

import os
import re
import subprocess
import sys

import pytest

from tests.predictions.test_postgres import cluster  # noqa: F401 - a fixture
from tests.running import ROOT

PRIVACY = [f"desk/test_{name}.py" for name in ("people", "retention", "redaction", "audit")]


@pytest.mark.parametrize(
    ("tests", "least"),
    [
        ("test_search.py", 70),
        ("embed", 140),
        ("desk/test_reading.py desk/test_reviewing.py", 50),
        (" ".join(PRIVACY), 70),
    ],
)
def test_all_of_it_holds_on_postgresql(cluster, tests, least):  # noqa: F811 - that fixture
    places = [f"tests/chatapp/{place}" for place in tests.split()]

    run = subprocess.run(
        [sys.executable, "-m", "pytest", *places, "-p", "no:cacheprovider"],
        cwd=ROOT,
        env=os.environ | {"TEST_DATABASE_URL": cluster.url},
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert run.returncode == 0, run.stdout[-5000:]
    assert int(re.search(r"(\d+) passed", run.stdout)[1]) > least
