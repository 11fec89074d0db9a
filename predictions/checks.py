"""System checks: what must hold before the engine can run."""

import sqlite3

from django.conf import settings
from django.core.checks import Error, register

SQLITE = (3, 35, 0)  # the first with UPDATE … RETURNING, which the group commit uses


@register
def check_sqlite(app_configs, **kwargs) -> list[Error]:
    is_used = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    if not is_used or sqlite3.sqlite_version_info >= SQLITE:
        return []
    return [
        Error(
            f"SQLite {sqlite3.sqlite_version} is too old: the event log needs 3.35 or newer.",
            hint="Use a Python that comes with a newer SQLite, or set DATABASE_URL to PostgreSQL.",
            id="predictions.E001",
        )
    ]
