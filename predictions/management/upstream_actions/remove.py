"""`upstream remove`: an upstream with its models, as far as nothing needs them."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from predictions import catalogue

from .options import named

HELP = "Remove an upstream and its unused models."


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name")


def act(command: BaseCommand, *, name: str, **_: object) -> None:
    command.stdout.write(catalogue.remove(named(name)))
