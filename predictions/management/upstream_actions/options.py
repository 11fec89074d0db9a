"""The options that `add` and `change` share, and what they set."""

import getpass
import os
import sys
from argparse import ArgumentParser, _MutuallyExclusiveGroup
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from predictions.models import Upstream
from predictions.operators import configuration
from predictions.operators.faults import Fault


def add_options(parser: ArgumentParser) -> _MutuallyExclusiveGroup:
    """Absent ones are None, so that `change` leaves alone what is not named. Returns the options
    about the key, of which there may be one."""
    keys = parser.add_mutually_exclusive_group()
    keys.add_argument(
        "--key", action="store_true", help="Ask for its key, or read it from standard input."
    )
    keys.add_argument("--key-env", metavar="VAR", help="The environment variable with its key.")
    parser.add_argument(
        "--header",
        action="append",
        default=[],
        metavar="'NAME: VALUE'",
        help="A header that goes with each request. Can be repeated.",
    )
    parser.add_argument("--max-runs", type=int, metavar="N", help="Runs at once (0: no limit).")
    parser.add_argument(
        "--requests-a-minute", type=int, metavar="N", help="Requests a minute (0: no limit)."
    )
    parser.add_argument(
        "--fallback", metavar="NAME", help="Who is asked instead before the first word failed."
    )
    parser.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="NAME",
        help="Add this model only, also where the server does not list it. Can be repeated.",
    )
    return keys


def apply(
    upstream: Upstream,
    *,
    key: bool,
    key_env: str | None,
    header: list[str],
    max_runs: int | None,
    requests_a_minute: int | None,
    fallback: str | None,
    no_key: bool = False,
    **_: object,
) -> None:
    """Set what was named. Raises CommandError."""
    with as_sentence(upstream.name):
        if key:
            upstream.key = configuration.clean_key(_asked_key(upstream.name))
        if no_key or key_env is not None:
            upstream.encrypted_key = ""
        if no_key or key_env is not None or key:
            upstream.key_env = _known_variable(key_env or "")
        if header:
            configuration.change_headers(upstream, configuration.clean_headers(header))
        if max_runs is not None:
            upstream.max_runs = max_runs or None
        if requests_a_minute is not None:
            upstream.requests_a_minute = requests_a_minute or None
        if fallback is not None:
            upstream.fallback = named(fallback) if fallback else None
        configuration.check_fallback(upstream, upstream.fallback)


def named(name: str) -> Upstream:
    try:
        return Upstream.objects.get(name=name)
    except Upstream.DoesNotExist as error:
        raise CommandError(
            f"There is no upstream {name}: see `manage.py upstream list`."
        ) from error


@contextmanager
def as_sentence(name: str) -> Iterator[None]:
    """What is wrong with an upstream, as the command's one sentence."""
    try:
        yield
    except ValidationError as error:
        raise CommandError(f"{name}: {' '.join(error.messages)}") from error
    except Fault as fault:
        raise CommandError(str(fault)) from fault


def _asked_key(name: str) -> str:
    """The key, from whoever sits there or from the pipe: never from the command line, which other
    users of the machine can read."""
    is_person = sys.stdin.isatty()
    key = getpass.getpass(f"Key of {name}: ") if is_person else sys.stdin.readline()
    if not key.strip():
        raise CommandError("No key was given.")
    return key


def _known_variable(name: str) -> str:
    if name and not os.environ.get(name):
        raise CommandError(f"The environment variable {name} is not set.")
    return name
