"""Erasing, pruning, redaction and the audit log on PostgreSQL: what holds on SQLite holds there."""

import os
import re
import subprocess
import sys

from tests.predictions.test_postgres import cluster  # noqa: F401 - a fixture
from tests.running import ROOT

MODULES = ("people", "retention", "redaction", "audit")


def test_all_of_privacy_holds_on_postgresql(cluster):  # noqa: F811 - that fixture
    modules = [f"tests/chatapp/desk/test_{name}.py" for name in MODULES]

    run = subprocess.run(
        [sys.executable, "-m", "pytest", *modules, "-p", "no:cacheprovider"],
        cwd=ROOT,
        env=os.environ | {"TEST_DATABASE_URL": cluster.url},
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert run.returncode == 0, run.stdout[-5000:]
    assert int(re.search(r"(\d+) passed", run.stdout)[1]) > 70
