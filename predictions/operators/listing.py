"""The models of an upstream, asked for by an operator: those that it lists, or some by name."""

import asyncio
from dataclasses import dataclass

from asgiref.sync import async_to_sync
from django.utils.text import get_text_list

from predictions import catalogue
from predictions.models import LanguageModel, Upstream
from predictions.upstreams import FoundModel, UpstreamError
from predictions.upstreams.http import Refused, Unreachable

from . import faults
from .faults import Fault

SECONDS = 30
SHOWN = 5


@dataclass(frozen=True)
class Changes:
    """What a sync found: how many models, which of them are new, and which are listed no more."""

    upstream: Upstream
    models: list[LanguageModel]
    new: list[LanguageModel]
    gone: list[LanguageModel]

    def __str__(self) -> str:
        told = [f"{self.upstream.name} has {count(self.models)}"]
        told += [f"new: {some(self.new)}"] if self.new else []
        told += [f"listed no more, and kept: {some(self.gone)}"] if self.gone else []
        return "; ".join(told) + "."


def sync(upstream: Upstream) -> Changes:
    """Bring the catalogue up to what `upstream` lists. Raises Fault."""
    found = find(upstream)
    before = set(upstream.versions.values_list("model_id", flat=True))
    models = catalogue.sync(upstream, found)
    there = {model.id for model in models}
    gone = LanguageModel.objects.filter(id__in=before - there, versions__base=None).distinct()
    return Changes(upstream, models, [m for m in models if m.id not in before], list(gone))


def find(upstream: Upstream, names: list[str] | None = None) -> list[FoundModel]:
    """The models that it lists, or those that are named (which it need not list). Raises Fault."""
    if sentence := faults.of_its_key(upstream):
        raise Fault(sentence)
    return async_to_sync(_find)(upstream, names or [])


async def _find(upstream: Upstream, names: list[str]) -> list[FoundModel]:
    try:
        async with asyncio.timeout(SECONDS):
            found = await _listed(upstream, may_fail=bool(names))
            if names:
                asked = [await upstream.open().model_named(name) for name in names]
                found = [version for versions in asked for version in versions]
    except UpstreamError as error:
        raise Fault(await faults.explain(upstream, error)) from error
    except TimeoutError as error:
        raise Fault(f"{upstream.name}: it did not list its models within {SECONDS} s.") from error
    if not found:
        raise Fault(f"{upstream.name}: it lists no model that can chat: name one with --model.")
    return found


async def _listed(upstream: Upstream, *, may_fail: bool) -> list[FoundModel]:
    try:
        return await upstream.open().models()
    except UpstreamError as error:
        if may_fail and not is_final(error):
            return []
        if isinstance(error, Refused) and error.status == 404:
            raise Fault(
                f"{upstream.name}: {faults.address(upstream)} has no list of models (HTTP 404): "
                "is the path right? If it is, name a model with --model."
            ) from error
        raise


def is_final(error: UpstreamError) -> bool:
    """Whether naming a model by hand would not help either."""
    return isinstance(error, Unreachable) or getattr(error, "status", 0) in {401, 403}


def count(models: list) -> str:
    return f"{len(models)} model{'' if len(models) == 1 else 's'}"


def some(models: list[object]) -> str:
    """Their names, where there are many the first."""
    names = [str(model) for model in models[:SHOWN]]
    if len(models) > SHOWN:
        names.append(f"{len(models) - SHOWN} more")
    return get_text_list(names, "and")
