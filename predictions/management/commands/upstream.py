"""`manage.py upstream`: the sources of models, added, changed, tried out and removed.

What each action does is in `predictions.management.upstream_actions`.
"""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from predictions.management.upstream_actions import ACTIONS


class Command(BaseCommand):
    help = "Add, change, test, sync or remove upstreams (servers that run models), or list them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        for name, action in ACTIONS.items():
            action.arguments(actions.add_parser(name, help=action.HELP))

    def handle(self, *, action: str, **options: object) -> None:
        ACTIONS[action].act(self, **options)
