"""`upstream rekey`: all that is encrypted, under the ring's first key; then the others may go."""

from argparse import ArgumentParser
from collections.abc import Iterator

from django.core.management.base import BaseCommand
from django.db.models import Model

from predictions import keyring
from predictions.models import Upstream, WebhookSecret

HELP = "Encrypt all that is kept encrypted anew, with the first key of KEY_RING."
ENCRYPTED = (
    (Upstream, "encrypted_key", "the key of {}"),
    (Upstream, "encrypted_headers", "the headers of {}"),
    (WebhookSecret, "encrypted_key", "the webhook {}"),
)


def arguments(parser: ArgumentParser) -> None:
    pass


def act(command: BaseCommand, **_: object) -> None:
    count = 0
    for row, field, what in _texts():
        old = getattr(row, field)
        try:
            new = keyring.renewed(old)
        except keyring.Undecipherable:
            command.stderr.write(f"No key of KEY_RING opens {what}: it stays as it is.")
            continue
        # Not where somebody has entered another one meanwhile, with the first key.
        count += type(row).objects.filter(pk=row.pk, **{field: old}).update(**{field: new})
    command.stdout.write(f"Encrypted anew with the first key of KEY_RING: {count}.")


def _texts() -> Iterator[tuple[Model, str, str]]:
    for model, field, what in (*ENCRYPTED, *keyring.kept()):
        for row in model.objects.exclude(**{field: ""}).iterator():
            yield row, field, what.format(row)
