#!/usr/bin/env python
"""Rivulet's command line: `manage.py up` serves the chat, `manage.py help` lists the rest."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatapp.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, ProgrammingError

    from chatapp import environment

    try:
        environment.prepare()
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"Rivulet cannot start: {error}")
    except (OperationalError, ProgrammingError):  # perhaps a table or a column is missing
        from chatapp import database

        if database.is_prepared():
            raise
        sys.exit(database.UNPREPARED)


if __name__ == "__main__":
    main()
