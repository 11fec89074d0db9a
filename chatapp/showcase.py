"""What the pages of the models tell: of a list of models, and of one version."""

from dataclasses import dataclass
from itertools import groupby

from django.utils import timezone
from django.utils.translation import gettext as _

from predictions.models import LanguageModel, Prediction, Version

from .engine_words import in_their_language
from .rendering import host_of, is_allowed


@dataclass(frozen=True)
class Card:
    """A model in the list."""

    model: LanguageModel
    runs_on: str
    runs: int


@dataclass(frozen=True)
class Link:
    label: str
    url: str
    host: str


def cards_by_owner(models: list[LanguageModel]) -> list[tuple[str, list[Card]]]:
    """Of models as `streaming()` gives them, in alphabetical order."""
    kept = Version.objects.select_related("upstream").defer("openapi_schema")
    versions = kept.in_bulk([model.latest_version_id for model in models])
    counts = Prediction.counts_of(models)
    cards = [
        Card(
            model,
            in_their_language(versions[model.latest_version_id].upstream.get_kind_display()),
            counts.get(model.id, 0),
        )
        for model in models
    ]
    return [
        (owner, list(group)) for owner, group in groupby(cards, key=lambda card: card.model.owner)
    ]


def links(model: LanguageModel) -> list[Link]:
    """Where more is told of it. Only real web addresses."""
    named = {
        _("Code"): model.github_url,
        _("Paper"): model.paper_url,
        _("License"): model.license_url,
        _("Picture"): model.cover_image_url,
    }
    return [
        Link(label, url, host_of(url))
        for label, url in named.items()
        if is_allowed(url) and not url.startswith("mailto:")
    ]


def price_now(version: Version) -> str:
    """What its tokens cost today, in words; "" where nobody knows."""
    price = version.prices.filter(starts_at__lte=timezone.now()).first()
    if price is None:
        return ""
    asked, said = (f"{each.normalize():f} {price.currency}" for each in (price.input, price.output))
    return _("%(asked)s in, %(said)s out, per million tokens") % {"asked": asked, "said": said}
