"""`upstream add`: a server by its URL, with the models that it offers."""

from argparse import ArgumentParser
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from predictions import catalogue
from predictions.models import Upstream
from predictions.operators import configuration, listing
from predictions.upstreams import KINDS, kind_named

from .options import add_options, apply, as_sentence

HELP = "Add an upstream and the models that it offers."


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("kind", choices=[kind for kind in KINDS if kind != "demo"])
    parser.add_argument(
        "url", nargs="?", default="", help="For example http://127.0.0.1:8001/v1; some kinds know."
    )
    parser.add_argument("--name", help="What to call it; by default its host.")
    add_options(parser)


def act(
    command: BaseCommand,
    *,
    kind: str,
    url: str,
    name: str | None,
    model: list[str],
    **options: object,
) -> None:
    upstream = _new_upstream(kind, url, name)
    apply(upstream, **options)
    with as_sentence(upstream.name):
        upstream.full_clean()
        found = listing.find(upstream, model)
    with transaction.atomic():
        upstream.save()
        models = catalogue.sync(upstream, found)
    command.stdout.write(f"Added {upstream.name} with {len(models)} model(s):")
    for added in models:
        command.stdout.write(f"  {added}")


def _new_upstream(kind: str, url: str, name: str | None) -> Upstream:
    """One that is not saved yet."""
    try:
        url = configuration.clean_address(kind, url)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
    place = url or kind_named(kind).default_url
    if name is None and (known := catalogue.upstream_at(place)):
        raise CommandError(
            f"{place} is there already, as {known.name}: change it with `upstream change "
            f"{known.name}`, or add it once more under another --name."
        )
    host = kind if not url else catalogue.handle(urlsplit(url).netloc)
    upstream = Upstream(name=name or host[:64], kind=kind, base_url=url)
    if Upstream.objects.filter(name=upstream.name).exists():
        raise CommandError(f"The name {upstream.name} is taken: choose another with --name.")
    return upstream
