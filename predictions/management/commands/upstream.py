"""`manage.py upstream`: add a source of models by its URL, list or remove those that are there."""

import os
from argparse import ArgumentParser
from urllib.parse import urlsplit

from asgiref.sync import async_to_sync
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Count

from predictions import catalogue
from predictions.models import Upstream
from predictions.upstreams import KINDS, FoundModel, UpstreamError
from predictions.upstreams.http import Refused, Unreachable


class Command(BaseCommand):
    help = "Add an upstream (a server that runs models) and its models, or list the upstreams."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        add = actions.add_parser("add", help="Add an upstream and the models that it offers.")
        add.add_argument("kind", choices=[kind for kind in KINDS if kind != "demo"])
        add.add_argument("url", help="For example http://127.0.0.1:11434/v1")
        add.add_argument("--name", help="What to call it; by default its host.")
        add.add_argument("--key-env", default="", help="The environment variable with its key.")
        add.add_argument(
            "--model",
            action="append",
            default=[],
            metavar="NAME",
            help="Add this model only, also where the server does not list it. Can be repeated.",
        )
        actions.add_parser("list", help="List the upstreams.")
        remove = actions.add_parser("remove", help="Remove an upstream and its unused models.")
        remove.add_argument("name")

    def handle(self, *, action: str, **options: object) -> None:
        match action:
            case "add":
                self.add(**options)
            case "remove":
                self.remove(**options)
            case _:
                self.list()

    def add(
        self, *, kind: str, url: str, name: str | None, key_env: str, model: list[str], **_: object
    ) -> None:
        upstream = _new_upstream(kind, url, name, key_env)
        found = _find(upstream, model)
        with transaction.atomic():
            upstream.save()
            models = catalogue.sync(upstream, found)
        self.stdout.write(f"Added {upstream.name} with {len(models)} model(s):")
        for added in models:
            self.stdout.write(f"  {added}")

    def remove(self, *, name: str, **_: object) -> None:
        try:
            self.stdout.write(catalogue.remove(Upstream.objects.get(name=name)))
        except Upstream.DoesNotExist as error:
            raise CommandError(f"There is no upstream {name}.") from error

    def list(self) -> None:
        for upstream in Upstream.objects.annotate(models=Count("versions__model", distinct=True)):
            state = "" if upstream.enabled else ", disabled"
            place = upstream.base_url or "built in"
            self.stdout.write(
                f"{upstream.name}: {upstream.kind}, {place}, {upstream.models} model(s){state}"
            )


def _new_upstream(kind: str, url: str, name: str | None, key_env: str) -> Upstream:
    """An upstream that is not saved yet, checked as far as that goes without asking the server."""
    host = _host(url)
    if known := catalogue.upstream_at(url):
        raise CommandError(
            f"{url} is there already, as {known.name}: change it in the admin, "
            f"or first `upstream remove {known.name}`."
        )
    if key_env and not os.environ.get(key_env):
        raise CommandError(f"The environment variable {key_env} is not set.")
    upstream = Upstream(
        name=name or catalogue.handle(host)[:64],
        kind=kind,
        base_url=url.rstrip("/"),
        key_env=key_env,
    )
    if Upstream.objects.filter(name=upstream.name).exists():
        raise CommandError(f"The name {upstream.name} is taken: choose another with --name.")
    try:
        upstream.full_clean()
    except ValidationError as error:
        raise CommandError(f"{upstream.name}: {' '.join(error.messages)}") from error
    return upstream


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_plain = parts.hostname and parts.port != 0 and "@" not in parts.netloc
        if parts.scheme in {"http", "https"} and is_plain:
            return parts.netloc
    except ValueError:
        pass
    raise CommandError(f"The URL must be like http://127.0.0.1:11434/v1, not {url!r}.")


def _find(upstream: Upstream, names: list[str]) -> list[FoundModel]:
    """The models to add: those that the server lists, or the ones that the operator names."""
    opened = upstream.open()
    try:
        found = async_to_sync(opened.models)()
    except UpstreamError as error:
        if not names or _is_final(error):
            raise CommandError(_sentence(upstream, error)) from error
    if names:
        found = [version for name in names for version in async_to_sync(opened.model_named)(name)]
    if not found:
        raise CommandError(f"{upstream.base_url} lists no model that can chat: use --model NAME.")
    return found


def _is_final(error: UpstreamError) -> bool:
    """Whether naming a model by hand would not help either."""
    refused_us = isinstance(error, Refused) and error.status in {401, 403}
    return refused_us or isinstance(error, Unreachable)


def _sentence(upstream: Upstream, error: UpstreamError) -> str:
    url = upstream.base_url
    match error:
        case Unreachable():
            return f"{url} cannot be reached: is the server running?"
        case Refused(status=401 | 403):
            how = f"the key in {upstream.key_env}" if upstream.key_env else "us without a key"
            more = "" if upstream.key_env else " Name its environment variable with --key-env."
            return f"{url} refused {how}.{more}"
        case Refused(status=status):
            return f"{url} has no list of models (HTTP {status}): name one with --model NAME."
    return f"{url}: {error.message}"
