"""`upstream test`: does it answer, how soon, and if not, what is wrong."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from predictions.operators import trial

from .options import named

HELP = "Ask an upstream for a few words, and say how it went."


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name")
    parser.add_argument(
        "--model", default="", metavar="NAME", help="owner/name, or the upstream's own name of it."
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=trial.SECONDS,
        help=f"How long to wait for its answer (default: {trial.SECONDS:g}).",
    )


def act(command: BaseCommand, *, name: str, model: str, seconds: float, **_: object) -> None:
    tried = trial.try_out(named(name), model, seconds)
    if not tried.is_good:
        raise CommandError(tried.sentence)
    command.stdout.write(tried.sentence)
