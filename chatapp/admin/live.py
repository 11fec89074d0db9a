"""What is being answered now, as it is written, and Stop."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.views.decorators.http import require_GET, require_POST

from chatapp.desk import progress, runs
from chatapp.desk.runs import Run
from chatapp.models import AuditEntry
from chatapp.views.pages import wants_json

from .pages import STOP, VIEW, context, desk_page

PAGE = 50


@desk_page(VIEW)
@require_GET
def desk_live(request: HttpRequest) -> HttpResponse:
    """The list; as a fragment where a page keeps itself up to date."""
    is_fragment = "fragment" in request.GET
    template = "admin/desk/_running.html" if is_fragment else "admin/desk/live.html"
    page = Paginator(runs.running(), PAGE).get_page(request.GET.get("page"))
    told = context(
        request,
        "Live",
        "desk_live",
        page=page,
        runs=_told([Run(each) for each in page.object_list]),
        can_stop=request.user.has_perm(STOP),
    )
    return TemplateResponse(request, template, told, headers={"Cache-Control": "no-store"})


def _told(found: list[Run]) -> list[dict]:
    known = progress.of(run.prediction.id for run in found)
    return [
        {
            "run": run,
            "words": known[run.prediction.id].words,
            "speed": known[run.prediction.id].speed(run.prediction),
            "state": _state(run, known[run.prediction.id]),
        }
        for run in found
    ]


def _state(run: Run, so_far: progress.Progress) -> str:
    if run.prediction.cancel_requested_at:
        return "being stopped"
    if so_far.words:
        return "writing"
    if so_far.has_thought:
        return "thinking" if run.is_reasoning else "running"
    return run.waiting or "waiting for the first word"


@desk_page(VIEW)
@require_GET
def desk_watch(request: HttpRequest, prediction_id: str) -> HttpResponse:
    """One of them, word by word. Its stream's key goes to nobody who may not read transcripts."""
    run = _run(prediction_id)
    if not settings.CHAT_HIDE_CONTENTS:
        run.record(request.user, AuditEntry.Verb.WATCHED)
    told = context(
        request,
        "Live view",
        "desk_live",
        run=run,
        can_stop=request.user.has_perm(STOP) and run.is_running,
    )
    return TemplateResponse(
        request, "admin/desk/watch.html", told, headers={"Cache-Control": "no-store"}
    )


@desk_page(VIEW)
@require_GET
def desk_watched(request: HttpRequest, prediction_id: str) -> HttpResponse:
    """The answer by itself: what a page shows at its end."""
    run = _run(prediction_id)
    if settings.CHAT_HIDE_CONTENTS:
        return HttpResponseForbidden()
    run.record(request.user, AuditEntry.Verb.WATCHED, again=False)
    return TemplateResponse(request, "admin/desk/_watched.html", {"run": run, "message": run})


@desk_page(VIEW)
@require_GET
def desk_waiting(request: HttpRequest, prediction_id: str) -> JsonResponse:
    return JsonResponse({"waiting": _run(prediction_id).waiting})


@desk_page(VIEW, STOP)
@require_POST
def desk_stop(request: HttpRequest, prediction_id: str) -> HttpResponse:
    run = _run(prediction_id)
    is_running = run.is_running
    if is_running:
        run.prediction.cancel()
        run.record(request.user, AuditEntry.Verb.STOPPED)
    if wants_json(request):
        return HttpResponse(status=204)
    if is_running:
        messages.success(request, "It is being stopped.")
    else:
        messages.warning(request, "It had ended already.")
    return redirect(run.watch_url if "watching" in request.POST else reverse("admin:desk_live"))


def _run(prediction_id: str) -> Run:
    run = runs.find(prediction_id)
    if run is None:
        raise Http404("There is no such prediction, or it was deleted.")
    return run


urls = [
    path("live/", desk_live, name="desk_live"),
    path("live/<str:prediction_id>/", desk_watch, name="desk_watch"),
    path("live/<str:prediction_id>/answer/", desk_watched, name="desk_watched"),
    path("live/<str:prediction_id>/waiting/", desk_waiting, name="desk_waiting"),
    path("live/<str:prediction_id>/stop/", desk_stop, name="desk_stop"),
]
