"""Exports: what is selected or filtered, as a file."""

import uuid
from collections.abc import Iterator
from copy import copy

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied, SuspiciousOperation, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from chatapp import downloads
from chatapp.desk import audit, exports
from chatapp.models import AuditEntry, Export, Transcript

from .pages import EXPORT, context, desk_page

PAGING = (
    "p",
    "all",
    "o",
    "e",
    "_facets",
    "_changelist_filters",
)  # what is no filter in a list's address
ENDINGS = {
    Export.State.DONE: "Done: ",
    Export.State.FAILED: "Failed, and the file is not whole. It got to ",
    Export.State.CANCELED: "Canceled at ",
}


class Exporting:
    """Mixed into the transcripts' admin: the ways from its list to the page of exports."""

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(EXPORT) and not settings.CHAT_HIDE_CONTENTS

    def get_actions(self, request: HttpRequest) -> dict:
        actions = super().get_actions(request)
        if self.has_export_permission(request):
            title = "Export the selected transcripts…"
            actions["export_selected"] = (export_selected, "export_selected", title)
        return actions

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None):
        known = {"has_export_permission": self.has_export_permission(request)}
        return super().changelist_view(request, known | (extra_context or {}))


def export_selected(model_admin, request: HttpRequest, selected: QuerySet) -> HttpResponse:
    """To the page of exports, with these; or with the list's filters where all is selected."""
    if request.POST.get("select_across") == "1":
        query = request.GET.urlencode()
    else:
        query = "ids=" + ",".join(str(id) for id in selected.values_list("pk", flat=True))
    return redirect(f"{reverse('admin:desk_export')}?{query}")


class ExportForm(forms.Form):
    format = forms.ChoiceField(
        choices=[(name, each.title) for name, each in exports.FORMATS.items()],
        widget=forms.RadioSelect,
        initial="csv",
    )
    only = forms.ChoiceField(
        label="Which answers",
        choices=[
            ("", "All that succeeded"),
            ("good", "Up to the last one with a thumb up"),
            ("expected", "Up to the last one with an expected answer"),
        ],
        required=False,
    )
    is_zipped = forms.BooleanField(label="Compressed (gzip)", required=False)
    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100_000)
    id = forms.UUIDField(widget=forms.HiddenInput)


@desk_page(EXPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """GET: what would be exported, and the choice of how. POST: the file."""
    if request.method == "POST":
        return download(request)
    found = chosen(request, request.GET)
    if found is None:
        return redirect("admin:chatapp_transcript_changelist")
    form = ExportForm(initial={"query": request.GET.urlencode(), "id": uuid.uuid4()})
    more = {
        "form": form,
        "formats": exports.FORMATS,
        "count": found.count(),
        "filters": filters_of(request.GET),
        "is_selection": "ids" in request.GET,
    }
    here = "chatapp_transcript_changelist"
    return render(
        request, "admin/desk/export.html", context(request, "Export transcripts", here, **more)
    )


def download(request: HttpRequest) -> HttpResponse:
    if settings.CHAT_HIDE_CONTENTS:
        raise PermissionDenied
    form = ExportForm(request.POST)
    if not form.is_valid() or Export.objects.filter(id=form.cleaned_data["id"]).exists():
        raise SuspiciousOperation("This is not a form of the page of exports, or an old one.")
    asked = form.cleaned_data
    query = QueryDict(asked["query"])
    if (found := chosen(request, query)) is None:
        raise SuspiciousOperation("These are not filters of the list.")
    ids = exports.Ids(found)
    choice = exports.Choice(asked["format"], asked["only"], asked["is_zipped"])
    format = exports.FORMATS[choice.format]
    name = f"transcripts-{timezone.now():%Y-%m-%d-%H%M}.{format.ending}"
    name += ".gz" if choice.is_zipped else ""
    progress = Export.objects.create(id=asked["id"], by=request.user, name=name, total=len(ids))
    details = {"export": str(progress.id), "only": choice.only, "filters": filters_of(query)}
    pieces = recorded(exports.export(ids, choice, progress), progress, format.title, details)
    kind = "application/gzip" if choice.is_zipped else format.content_type
    return downloads.file(request, pieces, name, kind)


def recorded(
    pieces: Iterator[bytes], progress: Export, format: str, details: dict
) -> Iterator[bytes]:
    """The same, written down when it begins and when it is over."""
    subject = f"{format}, {progress.name}"
    told = {"subject": subject, **details, "format": format}
    verb = AuditEntry.Verb.EXPORTED
    audit.record(progress.by, verb, count=progress.total, state="started", **told)
    try:
        yield from pieces
    finally:
        told |= {"state": str(progress.state), "bytes": progress.size}
        audit.record(progress.by, verb, count=progress.done, **told)


@desk_page(EXPORT)
@require_GET
def progress(request: HttpRequest, id: uuid.UUID) -> JsonResponse:
    """How far an export of one's own is: `state`, `done`, `total`, and a sentence."""
    found = Export.objects.filter(id=id, by=request.user).first()
    if found is None:
        return JsonResponse({"state": "starting", "sentence": "Starting…"})
    far = f"{found.done:,} of {found.total:,} conversations, {filesizeformat(found.size)}"
    sentence = f"{ENDINGS.get(found.state, '')}{far}."
    if found.is_quiet:
        sentence += " The browser takes no more at the moment, or the download has broken off."
    return JsonResponse(
        {"state": found.state, "done": found.done, "total": found.total, "sentence": sentence}
    )


def chosen(request: HttpRequest, query: QueryDict) -> QuerySet | None:
    """The transcripts of `?ids=`, or those that the list shows with these filters; None where they
    are none."""
    if "ids" in query:
        try:
            return Transcript.objects.there().filter(id__in=query["ids"].split(","))
        except ValidationError:
            return None
    asked = copy(request)
    asked.method, asked.GET = "GET", query.copy()
    for name in PAGING[:2]:
        asked.GET.pop(name, None)
    model_admin = admin.site.get_model_admin(Transcript)
    try:
        return model_admin.get_changelist_instance(asked).queryset
    except IncorrectLookupParameters:
        return None


def filters_of(query: QueryDict) -> dict[str, str]:
    """What of a list's address leaves something out."""
    return {
        name: ", ".join(query.getlist(name))
        for name in query
        if name not in (*PAGING, "ids") and any(query.getlist(name))
    }


urls = [
    path("export/", export, name="desk_export"),
    path("export/<uuid:id>/", progress, name="desk_export_progress"),
]
