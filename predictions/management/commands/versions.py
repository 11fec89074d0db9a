"""`manage.py versions`: add a fine-tuned version of a model, list, price or remove versions.

Not `version`, which Django keeps for its own."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, date, datetime, time

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.text import get_text_list

from predictions import catalogue
from predictions.management.upstream_actions.options import named as upstream_named
from predictions.models import Price, Version

REFERENCE = "An id, owner/name:id, or owner/name for the newest version."


class Command(BaseCommand):
    help = "Add a fine-tuned version of a model, or list, price or remove versions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        add = actions.add_parser("add", help="Add a version with the schema of its base.")
        add.add_argument("model", metavar="OWNER/NAME", help="Made where it is not there yet.")
        add.add_argument("--base", required=True, metavar="REFERENCE", help=REFERENCE)
        add.add_argument("--upstream", metavar="NAME", help="By default the base's.")
        add.add_argument(
            "--upstream-model", default="", metavar="NAME", help="By default the base's."
        )
        actions.add_parser("list", help="List the versions.")
        price = actions.add_parser("price", help="Set what a million tokens cost, or show it.")
        price.add_argument("reference", help=REFERENCE)
        price.add_argument("--input", metavar="PRICE", help="Per million tokens.")
        price.add_argument("--output", metavar="PRICE", help="Per million tokens.")
        price.add_argument(
            "--from",
            dest="starts_at",
            type=_moment,
            metavar="DATE",
            help="From when it holds, as 2026-01-31 (UTC); by default from now on.",
        )
        price.add_argument("--currency", default="USD", help="Three letters (default: USD).")
        remove = actions.add_parser("remove", help="Remove a version that nothing needs.")
        remove.add_argument("reference", help=REFERENCE)

    def handle(self, *, action: str, **options: object) -> None:
        match action:
            case "add":
                self.add(**options)
            case "price":
                self.price(**options)
            case "remove":
                self.remove(**options)
            case _:
                self.list()

    def add(
        self, *, model: str, base: str, upstream: str | None, upstream_model: str, **_: object
    ) -> None:
        try:
            own = upstream_named(upstream) if upstream else None
            version = catalogue.fine_tune(_version(base), model, own, upstream_model)
        except ValidationError as error:
            raise CommandError(f"{model}: {' '.join(error.messages)}") from error
        self.stdout.write(f"Added {version}, fine-tuned from {version.base}:")
        self.stdout.write(f"  {version.id}")

    def list(self) -> None:
        versions = Version.objects.select_related("model", "upstream", "base__model")
        for version in versions.order_by("model__owner", "model__name", "-created_at"):
            base = f", fine-tuned from {version.base}" if version.base else ""
            streams = ", streams" if version.streams else ""
            state = "" if version.upstream.enabled else ", disabled"
            self.stdout.write(f"{version}: {version.upstream}{base}{streams}{state}")

    def price(
        self,
        *,
        reference: str,
        input: str | None,
        output: str | None,
        starts_at: datetime | None,
        currency: str,
        **_: object,
    ) -> None:
        version = _version(reference)
        if (input is None) != (output is None):
            raise CommandError("Give both prices: --input and --output.")
        if input is not None:
            starts_at = starts_at or timezone.now()
            _set_price(version, starts_at, input=input, output=output, currency=currency)
        prices = version.prices.all()
        self.stdout.write(f"{version}: {'a million tokens' if prices else 'no price'}")
        for price in prices:
            self.stdout.write(f"  {price}")

    def remove(self, *, reference: str, **_: object) -> None:
        version = _version(reference)
        if users := Version.objects.filter(id=version.id).users():
            raise CommandError(f"{version} stays: there are {get_text_list(users, 'and')} of it.")
        name = str(version)
        catalogue.remove_version(version)
        self.stdout.write(f"Removed {name}.")


def _moment(text: str) -> datetime:
    """Midnight in UTC of a date. Raises ArgumentTypeError."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        raise ArgumentTypeError(f"a date is like 2026-01-31, not {text!r}") from None


def _set_price(version: Version, starts_at: datetime, **facts: object) -> None:
    price = version.prices.filter(starts_at=starts_at).first()
    price = price or Price(version=version, starts_at=starts_at)
    for name, value in facts.items():
        setattr(price, name, value)
    try:
        price.full_clean()
    except ValidationError as error:
        raise CommandError(f"{version}: {' '.join(error.messages)}") from error
    price.save()


def _version(reference: str) -> Version:
    """The version that is meant; its id may be cut short, as it is listed, where that is clear."""
    if version := Version.objects.named(reference):
        return version
    start = reference.rpartition(":")[2]
    found = Version.objects.filter(id__startswith=start).values_list("id", flat=True)[:2]
    if len(start) >= 8 and len(found) == 1:
        whole = reference.removesuffix(start) + found[0]
        if version := Version.objects.named(whole):
            return version
    raise CommandError(f"There is no version {reference}: see `manage.py versions list`.")
