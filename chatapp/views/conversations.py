"""Chatting: the page of a conversation, and what is done on it."""

from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from chatapp import catalogue, turns
from chatapp.forms import AskForm, LinkForm
from chatapp.models import AskRefused, Attachment, Conversation, Message, Preset, QueuedTurn
from chatapp.models.attachments import AttachmentRefused
from chatapp.models.owned import whoever_asks
from chatapp.parameters import PENDING, ParameterForm, input_of, panel
from predictions.models import Version

from .composing import chosen
from .pages import chat_page, conversation_of, queue_of, queue_reply, sidebar, wants_json

SUGGESTIONS = (
    _("Tell me a short story about a river"),
    _("Show me a table and a little Python, in Markdown"),
    _("What are you, and where do your answers come from?"),
)


@chat_page
@require_GET
def new_chat(request: HttpRequest) -> HttpResponse:
    """Empty, or as a link wants it: `?q=` a text, `?model=` a model, `?preset=` one by its name."""
    choices, given = catalogue.versions(), LinkForm(request.GET)
    given.is_valid()
    presets = Preset.objects.for_request(request).select_related("model")
    preset = presets.filter(name=given.cleaned_data.get("preset") or None).first()
    name = given.cleaned_data.get("model") or (str(preset.model) if preset else "")
    sentence = ""
    if name and name not in choices:
        sentence = _("The model %(model)s is not available.") % {"model": name}
    text = given.cleaned_data.get("q", "")
    link = {"text": text, "version": choices.get(name), "preset": preset}
    return page_of(request, None, sentence=sentence, **link)


@chat_page
@require_GET
def conversation(request: HttpRequest, conversation_id) -> HttpResponse:
    conversation = conversation_of(request, conversation_id)
    try:
        looked_for = UUID(request.GET.get("message", ""))
    except ValueError:
        looked_for = None
    try:
        return page_of(request, conversation, looked_for=looked_for)
    except AskRefused as error:
        return page_of(request, conversation, sentence=str(error))


@chat_page
@require_POST
def ask(request: HttpRequest, conversation_id=None) -> HttpResponse:
    conversation = conversation_of(request, conversation_id) if conversation_id else None
    form = AskForm(request.POST, request.FILES)
    if not form.is_valid():
        return _refused(request, conversation, form.sentence, status=422)
    typed = form.cleaned_data
    try:
        asked = conversation or _begin(request, typed["preset"])
        chosen(request, asked, typed["model"])
        attachments = [*typed["attachments"], *_uploaded(request)]
        turn = asked.take(typed["text"], message_id=typed["message_id"], attachments=attachments)
    except AttachmentRefused as error:
        return _refused(request, conversation, str(error), status=422)
    except AskRefused as error:
        return _refused(request, conversation, str(error), status=409)
    if conversation is None:
        request.session.pop(PENDING, None)
    if isinstance(turn, QueuedTurn):
        return queue_reply(request, asked)
    answer = turn
    return _answering(request, answer, [answer.parent, answer])


@chat_page
@require_GET
def message(request: HttpRequest, message_id) -> HttpResponse:
    found = _message(request, message_id)
    turns.mark([found])
    return render(request, "partials/_message.html", {"message": found})


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


def _message(request: HttpRequest, message_id, **fields) -> Message:
    return get_object_or_404(Message.objects.for_request(request), id=message_id, **fields)


def _begin(request: HttpRequest, preset_id: int | None) -> Conversation:
    """A new conversation with the parameters that were chosen for it, or those of a preset."""
    is_temporary = bool(request.POST.get("temporary"))
    begun = Conversation.objects.begin(request, is_temporary=is_temporary)
    preset = Preset.objects.for_request(request).filter(id=preset_id).first()
    begun.input = preset.input if preset else input_of(request, None)
    return begun


def _uploaded(request: HttpRequest) -> list:
    """Files that came with the form itself, as they do without JavaScript."""
    files = request.FILES.getlist("files")
    return [Attachment.keep(each, **whoever_asks(request)).id for each in files]


def page_of(
    request: HttpRequest,
    conversation: Conversation | None,
    *,
    looked_for: UUID | None = None,
    status: int = 200,
    version: Version | None = None,
    preset: Preset | None = None,
    form: ParameterForm | None = None,
    **context,
) -> HttpResponse:
    choices = catalogue.versions()
    version = version or (conversation and conversation.version)
    version = version or catalogue.default(choices, request.session.get(catalogue.CHOSEN))
    if conversation:
        context |= queue_of(conversation)  # which may go on now
        part = looked_for and turns.around(conversation, looked_for)
        context |= {"part": part or turns.newest(conversation), "looked_for": looked_for}
    context |= {
        **sidebar(request, conversation),
        **panel(request, conversation, version, preset=preset, form=form),
        "models": catalogue.by_owner(choices),
        "model": str(version.model) if version else "",
        "is_model_gone": bool(version) and str(version.model) not in choices,
        "suggestions": SUGGESTIONS,
        "is_temporary": bool(request.GET.get("temporary") or request.POST.get("temporary")),
        "message_id": uuid4(),
        "blank": {"role": "user", "status": "sending"},
    }
    return render(request, "chat.html", context, status=status)


def _answering(request: HttpRequest, answer: Message, messages: list[Message]) -> HttpResponse:
    """The turns that follow another, `after`, from now on ("": the first ones): for the script the
    turns, for a form the whole page."""
    if not wants_json(request):
        page = "live_conversation" if answer.is_running else "conversation"
        return redirect(page, answer.conversation_id)
    conversation = answer.conversation
    turns.mark(messages)
    return JsonResponse(
        {
            "conversation": str(conversation.id),
            "title": conversation.title,
            "message_id": uuid4(),
            "after": messages[0].parent_id or "",
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
    return page_of(request, conversation, status=status, sentence=sentence, text=text)


def _done(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    return HttpResponse(status=204) if wants_json(request) else redirect(conversation)
