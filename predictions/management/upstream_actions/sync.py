"""`upstream sync`: the catalogue as the upstreams have it now."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from predictions.models import Upstream
from predictions.operators import listing
from predictions.operators.faults import Fault

from .options import named

HELP = "Ask an upstream, or all, which models there are now."


def arguments(parser: ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("name", nargs="?")
    which.add_argument("--all", action="store_true", help="All that are enabled.")


def act(command: BaseCommand, *, name: str | None, all: bool, **_: object) -> None:
    upstreams = Upstream.objects.filter(enabled=True) if all else [named(name)]
    faults = []
    for upstream in upstreams:
        try:
            command.stdout.write(str(listing.sync(upstream)))
        except Fault as fault:
            faults.append(str(fault))
    if faults:
        raise CommandError("\n".join(faults))
