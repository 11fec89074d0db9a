"""Chatting: the page of a conversation, and what is done on it."""

from uuid import uuid4

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from chatapp import catalogue
from chatapp.forms import AskForm
from chatapp.models import AskRefused, Conversation, Message

from .pages import chat_page, sidebar, wants_json

SUGGESTIONS = (
    _("Tell me a short story about a river"),
    _("Show me a table and a little Python, in Markdown"),
    _("What are you, and where do your answers come from?"),
)


@chat_page
@require_GET
def new_chat(request: HttpRequest) -> HttpResponse:
    return _page(request, None)


@chat_page
@require_GET
def conversation(request: HttpRequest, conversation_id) -> HttpResponse:
    return _page(request, _conversation(request, conversation_id))


@chat_page
@require_POST
def ask(request: HttpRequest, conversation_id=None) -> HttpResponse:
    conversation = _conversation(request, conversation_id) if conversation_id else None
    form = AskForm(request.POST)
    if not form.is_valid():
        return _refused(request, conversation, form.sentence, status=422)
    asked = conversation or Conversation.objects.begin(request)
    try:
        _choose(request, asked, form.cleaned_data["model"])
        answer = asked.ask(form.cleaned_data["text"], message_id=form.cleaned_data["message_id"])
    except AskRefused as error:
        return _refused(request, conversation, str(error), status=409)
    return _answering(request, answer, [answer.parent, answer])


@chat_page
@require_POST
def choose_model(request: HttpRequest, conversation_id) -> HttpResponse:
    conversation = _conversation(request, conversation_id)
    try:
        _choose(request, conversation, request.POST.get("model", ""))
    except AskRefused as error:
        return _refused(request, conversation, str(error), status=422)
    conversation.save(update_fields=["version"])
    return _done(request, conversation)


@chat_page
@require_POST
def delete_conversation(request: HttpRequest, conversation_id) -> HttpResponse:
    _conversation(request, conversation_id).delete()
    return redirect("new_chat")


@chat_page
@require_GET
def message(request: HttpRequest, message_id) -> HttpResponse:
    return render(request, "partials/_message.html", {"message": _message(request, message_id)})


@chat_page
@require_GET
def message_text(request: HttpRequest, message_id) -> HttpResponse:
    """The words as they were said, for the clipboard."""
    body = _message(request, message_id).body
    return HttpResponse(body, content_type="text/plain; charset=utf-8")


@chat_page
@require_GET
def message_waiting(request: HttpRequest, message_id) -> JsonResponse:
    """Why there is no word yet; "" where there is one, or nothing to say."""
    return JsonResponse({"waiting": _message(request, message_id).waiting})


@chat_page
@require_POST
def stop(request: HttpRequest, message_id) -> HttpResponse:
    message = _message(request, message_id)
    if message.prediction:
        message.prediction.cancel()
    return _done(request, message.conversation)


@chat_page
@require_POST
def retry(request: HttpRequest, message_id) -> HttpResponse:
    message = _message(request, message_id, role=Message.Role.ASSISTANT)
    try:
        answer = message.conversation.retry(message)
    except AskRefused as error:
        return _refused(request, message.conversation, str(error), status=409)
    return _answering(request, answer, [answer])


def _conversation(request: HttpRequest, conversation_id) -> Conversation:
    conversations = Conversation.objects.for_request(request).select_related("version__model")
    return get_object_or_404(conversations, id=conversation_id)


def _message(request: HttpRequest, message_id, **fields) -> Message:
    return get_object_or_404(Message.objects.for_request(request), id=message_id, **fields)


def _choose(request: HttpRequest, conversation: Conversation, name: str) -> None:
    """Have that model answer from here on; "" is the one that does already, or the default."""
    choices = catalogue.versions()
    if name and name not in choices:
        raise AskRefused(f"The model {name[:200]} is not available any more. Choose another.")
    if name and name != request.session.get(catalogue.CHOSEN):
        request.session[catalogue.CHOSEN] = name
    if name and (conversation.version is None or str(conversation.version.model) != name):
        conversation.version = choices[name]
    elif conversation.version is None:
        conversation.version = catalogue.default(choices, request.session.get(catalogue.CHOSEN))


def _page(
    request: HttpRequest, conversation: Conversation | None, *, status: int = 200, **context
) -> HttpResponse:
    choices = catalogue.versions()
    version = conversation and conversation.version
    version = version or catalogue.default(choices, request.session.get(catalogue.CHOSEN))
    turns = conversation.shown() if conversation else []
    context |= {
        **sidebar(request, conversation),
        "turns": turns,
        "running": turns[-1] if turns and turns[-1].is_running else None,
        "models": catalogue.by_owner(choices),
        "model": str(version.model) if version else "",
        "is_model_gone": bool(version) and str(version.model) not in choices,
        "suggestions": SUGGESTIONS,
        "message_id": uuid4(),
        "blank": {"role": "user", "status": "sending"},
    }
    return render(request, "chat.html", context, status=status)


def _answering(request: HttpRequest, answer: Message, messages: list[Message]) -> HttpResponse:
    """An answer has begun: the new messages for the script, the whole page for a form."""
    url = reverse("conversation", args=[answer.conversation_id])
    if not wants_json(request):
        return redirect(url)
    conversation = answer.conversation
    return JsonResponse(
        {
            "conversation": str(conversation.id),
            "title": conversation.title,
            "message_id": uuid4(),
            "messages": [
                render_to_string("partials/_message.html", {"message": message}, request)
                for message in messages
            ],
            "sidebar": render_to_string(
                "partials/_conversations.html", sidebar(request, conversation), request
            ),
        }
    )


def _refused(
    request: HttpRequest, conversation: Conversation | None, sentence: str, *, status: int
) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"detail": sentence}, status=status)
    text = request.POST.get("text", "")
    return _page(request, conversation, status=status, sentence=sentence, text=text)


def _done(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    return HttpResponse(status=204) if wants_json(request) else redirect(conversation)
