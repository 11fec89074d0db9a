"""What a visitor does with an answer besides reading: says what it was worth, copies its code."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from chatapp import notifications
from chatapp.forms import FeedbackForm
from chatapp.models import Feedback, Message
from chatapp.snippets import curl_of, python_of

from .pages import chat_page, wants_json

CODE = "text/plain; charset=utf-8"


@chat_page
@require_POST
def feedback(request: HttpRequest, message_id) -> HttpResponse:
    """A thumb up or down, or none any more; a reason and a comment go with either."""
    message = _answer(request, message_id)
    form = FeedbackForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    if form.cleaned_data["verdict"] == "none":
        Feedback.objects.filter(message=message).delete()
    else:
        Feedback.objects.update_or_create(message=message, defaults=form.opinion)
    notifications.ring(message.conversation)
    if not wants_json(request):
        return redirect(message.conversation)
    return render(request, "partials/_feedback.html", {"message": _answer(request, message_id)})


@chat_page
@require_GET
def message_curl(request: HttpRequest, message_id) -> HttpResponse:
    """Hears the answer's own stream as long as there is one; else asks for it anew."""
    prediction = _answer(request, message_id).prediction
    return HttpResponse(curl_of(request, prediction), content_type=CODE)


@chat_page
@require_GET
def message_python(request: HttpRequest, message_id) -> HttpResponse:
    prediction = _answer(request, message_id).prediction
    return HttpResponse(python_of(request, prediction), content_type=CODE)


def _answer(request: HttpRequest, message_id) -> Message:
    answers = Message.objects.for_request(request).exclude(prediction=None)
    return get_object_or_404(answers, id=message_id)
