"""The models: which there are, and the page of one, with its form and code to copy."""

import json

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from chatapp import showcase
from chatapp.input_forms import InputForm
from chatapp.snippets import call_for, snippets
from chatapp.trials import Trial, mine
from predictions.inputs import fit
from predictions.models import LanguageModel, Prediction, Version

from .pages import chat_page, sidebar, wants_json

PAGE = 60
LONGEST_SEARCH = 200  # each of its words is three more comparisons for the database
MOST_VERSIONS = 30


@chat_page
@require_GET
def models(request: HttpRequest) -> HttpResponse:
    query = fit(request.GET.get("q", ""))[:LONGEST_SEARCH].strip()
    found = LanguageModel.objects.streaming().search(query).order_by("owner", "name")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        **sidebar(request),
        "place": "models",
        "query": query,
        "page": page,
        "owners": showcase.cards_by_owner(list(page)),
    }
    return render(request, "models.html", context)


@chat_page
@require_GET
def model(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """A model: its newest version, `?version=`, or the one of the visitor's `?prediction=`."""
    found = find_model(owner, name)
    if id := request.GET.get("prediction"):
        trial = Trial(get_object_or_404(mine(request), id=fit(id), version__model=found))
        form = InputForm(trial.prediction.version, input=trial.prediction.input)
        return model_page(request, form, trial=trial)
    return model_page(request, InputForm(find_version(found, request.GET.get("version"))))


@chat_page
@require_POST
def code(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """The code that asks for what is typed, as far as it can be read."""
    form = posted_form(request, owner, name)
    if not wants_json(request):
        return model_page(request, form)
    return JsonResponse({"snippets": dict(_snippets(request, form))})


def find_model(owner: str, name: str) -> LanguageModel:
    return get_object_or_404(LanguageModel, owner=fit(owner), name=fit(name))


def find_version(model: LanguageModel, id: str | None) -> Version:
    """The version of that id; without one the newest that can be run, or else the newest."""
    versions = model.versions.select_related("model", "base__model", "upstream")
    if id:
        return get_object_or_404(versions, id=fit(id))
    newest = versions.order_by("-upstream__enabled", "-created_at", "-id").first()
    if newest is None:
        raise Http404(f"{model} has no version.")
    return newest


def posted_form(request: HttpRequest, owner: str, name: str) -> InputForm:
    version = find_version(find_model(owner, name), request.POST.get("version"))
    return InputForm(version, request.POST)


def model_page(
    request: HttpRequest, form: InputForm, *, trial: Trial | None = None, status: int = 200, **more
) -> HttpResponse:
    version = form.version
    versions = version.model.versions.select_related("upstream", "base__model")
    context = {
        **sidebar(request),
        "place": "models",
        "model": version.model,
        "version": version,
        "is_newest": _is_newest(version),
        "versions": versions.defer("openapi_schema")[:MOST_VERSIONS],
        "more_versions": max(0, version.model.versions.count() - MOST_VERSIONS),
        "runs": Prediction.counts_of([version.model]).get(version.model_id, 0),
        "links": showcase.links(version.model),
        "price": showcase.price_now(version),
        "form": form,
        "schema_json": json.dumps(version.schema, ensure_ascii=False, indent=2),
        "snippets": _snippets(request, form),
        "trial": trial,
        **more,
    }
    return render(request, "model.html", context, status=status)


def _snippets(request: HttpRequest, form: InputForm) -> list[tuple[str, str]]:
    version = form.version
    return snippets(call_for(request, version, form.typed, is_newest=_is_newest(version)))


def _is_newest(version: Version) -> bool:
    newest = version.model.versions.enabled().order_by("-created_at", "-id")
    return version.id == newest.values_list("id", flat=True).first()
