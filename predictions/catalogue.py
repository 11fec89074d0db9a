"""Filling the catalogue: the models that come with Rivulet, and those that upstreams offer."""

import re
from collections.abc import Iterable
from dataclasses import replace

from django.db import transaction
from django.db.models import Q
from django.utils.text import get_text_list

from predictions.inputs import fit
from predictions.models import LanguageModel, Upstream, Version
from predictions.upstreams import FoundModel
from predictions.upstreams.demo.schema import SCHEMA as DEMO_SCHEMA

OWNER_LENGTH = LanguageModel._meta.get_field("owner").max_length
NAME_LENGTH = LanguageModel._meta.get_field("name").max_length
NAME_THERE_LENGTH = Version._meta.get_field("upstream_model").max_length
DESCRIPTION_LENGTH = 4000
MOST_MODELS = 2000  # of one upstream
DEMO = "A rule-based stand-in that comes with Rivulet: no network, no key, and no understanding."
LLAMA = (
    "A stand-in under the name of the post's example. The built-in demo answers in its place until "
    "a Replicate token is set; it is not Llama 2."
)
LLAMA_NAME = ("meta", "llama-2-70b-chat")
PARTLY = "Of its versions, those that the upstream does not have are stand-ins by the demo."
# The versions that the post's two examples name.
LLAMA_VERSIONS = (
    "2c1608e18606fad2812020dc541930f2d0495ce32eee50074220b87300bc16e1",
    "58d078176e02c219e11eb4da5a02a7830a283b14cf8f94537af893ccff5ee781",
)


@transaction.atomic
def install() -> None:
    """The demo and its two names. Can be repeated; an operator's changes stay."""
    demo, _ = Upstream.objects.get_or_create(name="demo", defaults={"kind": "demo"})
    _install(demo, "rivulet", "demo", DEMO, [Version.id_for("demo", "demo")])
    _install(demo, *LLAMA_NAME, LLAMA, LLAMA_VERSIONS)


@transaction.atomic
def sync(upstream: Upstream, found: list[FoundModel]) -> list[LanguageModel]:
    """Rows for what `upstream` offers: as `<upstream>/<model>`, or under the names that it gives
    itself. Models that have gone stay listed, for the predictions that they made."""
    found = [_fit(each) for each in found if _has_name(each)][:MOST_MODELS]
    models = [model for each in found if (model := _sync_one(upstream, each))]
    _describe_stand_in({(each.owner, each.model): each.description for each in found})
    return list(dict.fromkeys(models))


@transaction.atomic
def remove(upstream: Upstream) -> str:
    """Delete `upstream`, or disable it where something needs versions of its. Says which."""
    models = list(upstream.versions.values_list("model_id", flat=True))
    _put_stand_ins_back(upstream)
    for _ in range(2):  # without their fine-tuned versions, bases may be free to go
        upstream.versions.unused().delete()
    _remove_empty(Q(id__in=models) | Q(owner=upstream.name))
    kept = upstream.versions.users()
    if not kept:
        upstream.delete()
        return f"Removed {upstream.name}."
    upstream.enabled = False
    upstream.save(update_fields=["enabled"])
    users = get_text_list(kept, "and")
    return f"Disabled {upstream.name}: its {users} are kept, and so are the models that they name."


@transaction.atomic
def remove_version(version: Version) -> None:
    """Delete a version that nothing keeps, and its model with the last of its versions."""
    version.delete()
    _remove_empty(Q(id=version.model_id))


@transaction.atomic
def fine_tune(base: Version, name: str, upstream: Upstream | None, upstream_model: str) -> Version:
    """A version of the model `owner/name`, made where it is missing, with that base. What is not
    given is the base's. Raises ValidationError."""
    owner, _, short = name.partition("/")
    model = LanguageModel.objects.filter(owner=owner, name=short).first()
    if model is None:
        model = LanguageModel(owner=owner, name=short)
        model.full_clean()
        model.save()
    version = Version(model=model, base=base, upstream=upstream, upstream_model=upstream_model)
    version.save()
    return version


def upstream_at(base_url: str) -> Upstream | None:
    """The upstream that is already kept for that address, enabled or not."""
    wanted = _address(base_url)
    rows = Upstream.objects.exclude(base_url="").order_by("id")
    return next((row for row in rows if _address(row.base_url) == wanted), None)


def handle(text: str) -> str:
    """`text` made safe as a model's or upstream's name: lower case, odd characters as dashes."""
    name = re.sub(r"[^a-z0-9._-]+", "-", text.lower())[:NAME_LENGTH]
    return name.strip("._-") or "model"


def free_name(name: str, taken: set[str]) -> str:
    """`name`, or with the first number that is not taken yet."""
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name[: NAME_LENGTH - 6]}-{number}"
    return candidate


def _install(
    upstream: Upstream, owner: str, name: str, description: str, version_ids: Iterable[str]
) -> None:
    model, _ = LanguageModel.objects.get_or_create(
        owner=owner, name=name, defaults={"description": description}
    )
    for version_id in version_ids:
        version, is_new = Version.objects.get_or_create(
            id=version_id,
            defaults={
                "model": model,
                "upstream": upstream,
                "upstream_model": "demo",
                "openapi_schema": DEMO_SCHEMA,
                "prompt_template": "llama-2",
            },
        )
        if not is_new and version.upstream_id == upstream.id:
            _update(version, openapi_schema=DEMO_SCHEMA)


def _has_name(found: FoundModel) -> bool:
    """Whether it can be kept and asked for by its name."""
    names = (found.name, found.owner, found.model)
    return 0 < len(found.name) <= NAME_THERE_LENGTH and all(fit(name) == name for name in names)


def _fit(found: FoundModel) -> FoundModel:
    """What is told of it, as the database can keep it."""
    return replace(
        found,
        description=fit(found.description)[:DESCRIPTION_LENGTH],
        openapi_schema=fit(found.openapi_schema),
    )


def _sync_one(upstream: Upstream, found: FoundModel) -> LanguageModel | None:
    """The model, with that version of it; None where another upstream has the version already."""
    version_id = found.version_id or Version.id_for(upstream.name, found.name)
    facts = {"openapi_schema": found.openapi_schema, "prompt_template": found.prompt_template}
    if found.created_at:
        facts["created_at"] = found.created_at
    place = {"upstream": upstream, "upstream_model": found.name}
    version = Version.objects.select_related("model", "upstream").filter(id=version_id).first()
    if version is None:
        version = _model_for(upstream, found).versions.create(
            id=version_id, **place, openapi_schema=found.openapi_schema
        )
    elif _is_stand_in(version):
        facts |= place
    elif version.upstream_id != upstream.id:
        return None
    elif found.version_id and version.base_id is None:
        facts |= place  # the model may have got another name there
    if version.base_id is None:  # a fine-tuned one has its base's
        _update(version, **facts)
    return version.model


def _model_for(upstream: Upstream, found: FoundModel) -> LanguageModel:
    """The model to which a new version belongs: of its own name, unless that is the name of
    another upstream's model, which must not change under those who use it."""
    owner, name = handle(found.owner)[:OWNER_LENGTH] if found.owner else "", handle(found.model)
    if not owner:
        taken = LanguageModel.objects.filter(owner=upstream.name).values_list("name", flat=True)
        free = free_name(handle(found.model or found.name), set(taken))
        return _new_model(upstream.name, free, found)
    others = Version.objects.exclude(Q(upstream=upstream) | Q(upstream__kind="demo"))
    if others.filter(model__owner=owner, model__name=name).exists():
        owner, name = upstream.name, handle(f"{owner}-{name}")
    model = LanguageModel.objects.filter(owner=owner, name=name).first()
    return model or _new_model(owner, name, found)


def _new_model(owner: str, name: str, found: FoundModel) -> LanguageModel:
    return LanguageModel.objects.create(owner=owner, name=name, description=found.description)


def _is_stand_in(version: Version) -> bool:
    return version.id in LLAMA_VERSIONS and version.upstream.kind == "demo"


def _put_stand_ins_back(upstream: Upstream) -> None:
    """The demo answers again in the place of those that `upstream` took over."""
    demo = Upstream.objects.filter(kind="demo").exclude(id=upstream.id).first()
    versions = upstream.versions.filter(id__in=LLAMA_VERSIONS)
    if demo is None or not versions.exists():
        return
    versions.update(
        upstream=demo,
        upstream_model="demo",
        openapi_schema=DEMO_SCHEMA,
        prompt_template="llama-2",
    )
    LanguageModel.objects.filter(owner=LLAMA_NAME[0], name=LLAMA_NAME[1]).update(description=LLAMA)


def _describe_stand_in(descriptions: dict[tuple[str, str], str]) -> None:
    """What says that it is a stand-in must not go on saying so of the model itself."""
    if LLAMA_NAME not in descriptions:
        return
    model = LanguageModel.objects.filter(owner=LLAMA_NAME[0], name=LLAMA_NAME[1]).first()
    if model is None or not model.versions.exclude(upstream__kind="demo").exists():
        return
    if model.description == LLAMA or model.description.endswith(PARTLY):
        stands_in = model.versions.filter(upstream__kind="demo").exists()
        description = descriptions[LLAMA_NAME]
        model.description = f"{description} {PARTLY}".strip() if stands_in else description
        model.save(update_fields=["description"])


def _update(version: Version, **facts: object) -> None:
    if any(getattr(version, name) != value for name, value in facts.items()):
        for name, value in facts.items():
            setattr(version, name, value)
        version.save(update_fields=list(facts))


def _remove_empty(models: Q) -> None:
    LanguageModel.objects.filter(models, versions=None).delete()


def _address(base_url: str) -> str:
    return base_url.rstrip("/").lower().replace("//localhost", "//127.0.0.1")
