"""A database that is not prepared, as who types a command sees it."""

import pytest

from tests.running import RunningServer


@pytest.mark.parametrize("migration", [None, "0002"])
def test_a_command_says_that_the_database_is_not_prepared(tmp_path, migration):
    rivulet = RunningServer({"DATA_DIR": str(tmp_path / "data")})
    if migration:  # of the version before
        rivulet.manage("migrate", "-v0", "predictions", migration)

    listed = rivulet.attempt("upstream", "list")

    assert listed.returncode == 1
    assert listed.stderr.splitlines() == [
        "Rivulet's database is not prepared for this version of it: start it with `make up`, "
        "or run `manage.py migrate`."
    ]


def test_a_fault_of_another_kind_is_not_hidden(tmp_path):
    rivulet = RunningServer({"DATA_DIR": str(tmp_path / "data")})
    rivulet.manage("migrate", "-v0")

    asked = rivulet.attempt(
        *("shell", "-v0", "-c"),
        "from django.db import connection; connection.cursor().execute('SELECT x FROM nowhere')",
    )

    assert "no such table: nowhere" in asked.stderr
