"""Trying a model: ask it once, hear it, stop it, ask it again."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from chatapp.input_forms import InputForm
from chatapp.models import AskRefused
from chatapp.trials import Trial, begin, mine
from predictions.inputs import InvalidInput, fit

from .models import model_page, posted_form
from .pages import chat_page, wants_json

WRONG = _("Some inputs are not as the model wants them; they are marked.")
DISABLED = _("This version cannot be run at the moment: where it ran was switched off.")
CHANGED = _("This model takes another input now. Fill in the form again.")


@chat_page
@require_POST
def try_model(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    form = posted_form(request, owner, name)
    if not form.version.upstream.enabled:
        return _refused(request, form, DISABLED, status=409)
    if not form.is_valid():
        return _refused(request, form, WRONG, status=422)
    try:
        return _answering(request, begin(request, form.version, form.cleaned_input))
    except AskRefused as error:
        return _refused(request, form, str(error), status=409)


@chat_page
@require_GET
def trial(request: HttpRequest, prediction_id: str) -> HttpResponse:
    return render(request, "partials/_message.html", {"message": _trial(request, prediction_id)})


@chat_page
@require_GET
def trial_text(request: HttpRequest, prediction_id: str) -> HttpResponse:
    """The words as they were said, for the clipboard."""
    body = _trial(request, prediction_id).body
    return HttpResponse(body, content_type="text/plain; charset=utf-8")


@chat_page
@require_GET
def trial_waiting(request: HttpRequest, prediction_id: str) -> JsonResponse:
    return JsonResponse({"waiting": _trial(request, prediction_id).waiting})


@chat_page
@require_POST
def stop_trial(request: HttpRequest, prediction_id: str) -> HttpResponse:
    trial = _trial(request, prediction_id)
    trial.prediction.cancel()
    return HttpResponse(status=204) if wants_json(request) else redirect(trial)


@chat_page
@require_POST
def retry_trial(request: HttpRequest, prediction_id: str) -> HttpResponse:
    """The same input once more."""
    asked = _trial(request, prediction_id).prediction
    form = InputForm(asked.version, input=asked.input)
    if not asked.version.upstream.enabled:
        return _refused(request, form, DISABLED, status=409)
    try:
        return _answering(request, begin(request, asked.version, asked.input))
    except InvalidInput:
        return _refused(request, form, CHANGED, status=409)
    except AskRefused as error:
        return _refused(request, form, str(error), status=409)


def _trial(request: HttpRequest, prediction_id: str) -> Trial:
    return Trial(get_object_or_404(mine(request), id=fit(prediction_id)))


def _answering(request: HttpRequest, trial: Trial) -> HttpResponse:
    if not wants_json(request):
        return redirect(trial)
    message = render_to_string("partials/_message.html", {"message": trial}, request)
    return JsonResponse({"url": trial.get_absolute_url(), "message": message})


def _refused(request: HttpRequest, form: InputForm, sentence: str, *, status: int) -> HttpResponse:
    if not wants_json(request):
        return model_page(request, form, status=status, sentence=sentence)
    return JsonResponse({"detail": str(sentence), "errors": form.complaints}, status=status)
