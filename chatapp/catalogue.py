"""The models a visitor may choose from: those that stream, on an upstream that is enabled."""

from itertools import groupby

from django.conf import settings

from predictions.models import Version

CHOSEN = "model"  # the session's key for the model that the visitor chose last
DEMO = "rivulet/demo"


def versions() -> dict[str, Version]:
    """The newest version of each model, by `owner/name`, in alphabetical order."""
    found = Version.objects.streaming().filter(upstream__enabled=True)
    found = found.select_related("model").order_by("model__owner", "model__name", "-created_at")
    newest: dict[str, Version] = {}
    for version in found.defer("openapi_schema"):
        newest.setdefault(str(version.model), version)
    return newest


def by_owner(choices: dict[str, Version]) -> list[tuple[str, list[Version]]]:
    return [
        (owner, list(group))
        for owner, group in groupby(choices.values(), key=lambda version: version.model.owner)
    ]


def default(choices: dict[str, Version], chosen: str | None) -> Version | None:
    """What the visitor chose last, the operator's choice, the demo; a paid model only if chosen."""
    for name in (chosen, settings.CHAT_DEFAULT_MODEL, DEMO):
        if name in choices:
            return choices[name]
    return next(iter(choices.values()), None)
