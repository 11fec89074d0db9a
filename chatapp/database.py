"""Whether the database is as this version of the program wants it."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

UNPREPARED = (
    "Rivulet's database is not prepared for this version of it: start it with `make up`, "
    "or run `manage.py migrate`."
)


def is_prepared() -> bool:
    """Whether no migration is left to do."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
