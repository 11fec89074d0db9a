import sqlite3

from predictions.checks import check_sqlite


def test_an_sqlite_that_is_too_old_is_told_before_anything_runs(monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))

    [error] = check_sqlite(None)

    assert error.id == "predictions.E001"


def test_the_sqlite_at_hand_will_do():
    assert check_sqlite(None) == []
