"""`upstream list`: a line for each, without a secret in it."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from predictions import keyring
from predictions.models import LanguageModel, Upstream
from predictions.operators import faults

HELP = "List the upstreams."


def arguments(parser: ArgumentParser) -> None:
    pass


def act(command: BaseCommand, **_: object) -> None:
    for upstream in Upstream.objects.select_related("fallback"):
        command.stdout.write(line(upstream))


def line(upstream: Upstream) -> str:
    models = LanguageModel.objects.filter(versions__upstream=upstream).distinct().count()
    facts = [
        upstream.kind,
        faults.address(upstream) or "built in",
        f"{models} model(s)",
        faults.key_source(upstream),
        _headers(upstream),
        upstream.max_runs and f"at most {upstream.max_runs} at once",
        upstream.requests_a_minute and f"at most {upstream.requests_a_minute} requests a minute",
        upstream.fallback and f"else {upstream.fallback}",
        "" if upstream.enabled else "disabled",
    ]
    return f"{upstream.name}: {', '.join(filter(None, facts))}"


def _headers(upstream: Upstream) -> str:
    try:
        names = list(upstream.headers)
    except keyring.Undecipherable:
        return "headers that cannot be decrypted"
    return f"header{'s' if len(names) > 1 else ''} {' and '.join(names)}" if names else ""
