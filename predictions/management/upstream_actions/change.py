"""`upstream change`: what is named is changed, the rest stays."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from predictions import catalogue
from predictions.operators import configuration, listing

from .listed import line
from .options import add_options, apply, as_sentence, named

HELP = "Change an upstream: what is not named stays as it is."


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name")
    parser.add_argument("--url", help="Where it has moved to.")
    keys = add_options(parser)
    keys.add_argument("--no-key", action="store_true", help="Forget its key.")
    parser.add_argument("--no-headers", action="store_true", help="Forget its headers.")
    parser.add_argument("--no-fallback", action="store_true", help="Ask nobody instead.")
    states = parser.add_mutually_exclusive_group()
    states.add_argument("--enable", action="store_const", const=True, dest="enabled")
    states.add_argument("--disable", action="store_const", const=False, dest="enabled")


def act(
    command: BaseCommand,
    *,
    name: str,
    url: str | None,
    no_headers: bool,
    no_fallback: bool,
    enabled: bool | None,
    model: list[str],
    **options: object,
) -> None:
    upstream = named(name)
    with as_sentence(name):
        if url is not None:
            upstream.base_url = configuration.clean_address(upstream.kind, url)
        if no_headers:
            upstream.headers = {}
        if no_fallback:
            upstream.fallback = None
        apply(upstream, **options)
        if enabled is not None:
            upstream.enabled = enabled
        upstream.full_clean()
        found = listing.find(upstream, model) if model else []
    upstream.save()
    catalogue.sync(upstream, found)
    command.stdout.write(line(upstream))
