"""Branching: what is done with a turn that was said already. What was said is kept."""

from collections.abc import Callable
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from chatapp import catalogue
from chatapp.forms import BranchForm, EditForm
from chatapp.models import AskRefused, Conversation, Message
from chatapp.models.refusals import NotAvailable
from chatapp.wording import WORD

from .conversations import _answering, _message, _refused
from .pages import chat_page, wants_json

MOST = 60  # turns that a page is sent when it shows another branch; of a longer one it is loaded
MOST_PLACES = 5000  # to rewind to; of a longer answer not every word is one


@chat_page
@require_POST
def retry(request: HttpRequest, message_id) -> HttpResponse:
    """Another answer, of the conversation's model or of one that is named."""
    answer = _answer(request, message_id)

    def verb(conversation: Conversation, *, head, model: str, **rest) -> list[Message]:
        return [conversation.retry(answer, version=_version(model), head=head)]

    return _branched(request, answer, verb)


@chat_page
@require_POST
def extend(request: HttpRequest, message_id) -> HttpResponse:
    answer = _answer(request, message_id)

    def verb(conversation: Conversation, *, head, **rest) -> list[Message]:
        return [conversation.extend(answer, head=head)]

    return _branched(request, answer, verb)


@chat_page
@require_http_methods(["GET", "POST"])
def rewind(request: HttpRequest, message_id) -> HttpResponse:
    """Its words, each a place to go back to; and then to go on from, or to ask from."""
    answer = _answer(request, message_id)
    if request.method == "GET":
        if not answer.can_extend:
            return redirect(answer.conversation)
        return render(request, "rewind.html", {"message": answer, "places": words(answer.body)})

    def verb(conversation: Conversation, *, head, at: int | None, **rest) -> list[Message]:
        act = conversation.rewind if request.POST.get("then") == "ask" else conversation.extend
        return [act(answer, at or 0, head=head)]

    return _branched(request, answer, verb)


@chat_page
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, message_id) -> HttpResponse:
    question = _message(request, message_id, role=Message.Role.USER)
    if request.method == "GET":
        return render(request, "edit.html", {"message": question, "message_id": uuid4()})
    return _branched(request, question, _ask_instead(question), EditForm)


@chat_page
@require_POST
def show(request: HttpRequest, message_id) -> HttpResponse:
    """Show this variant, and what was said after it."""
    message = _message(request, message_id)

    def verb(conversation: Conversation, *, head, **rest) -> list[Message]:
        conversation.show(message, head=head)
        tree = conversation.tree()
        path = tree.path(conversation.head_id)
        return conversation.turns(path[path.index(message.id) :][: MOST + 1], tree)

    return _branched(request, message, verb)


@chat_page
@require_POST
def fork(request: HttpRequest, message_id) -> HttpResponse:
    message = _message(request, message_id)
    return redirect(message.conversation.fork(message))


def words(body: str) -> list[tuple[str, str, int]]:
    """The places of an answer to rewind to: (space before, words, where they end in characters)."""
    ends = [found.end() for found in WORD.finditer(body)]
    step = -(-len(ends) // MOST_PLACES) or 1
    ends = [*ends[step - 1 : -1 : step], *ends[-1:]]
    places, start = [], 0
    for end in ends:
        piece = body[start:end]
        word = piece.lstrip()
        places.append((piece[: len(piece) - len(word)], word, end))
        start = end
    return places


def _answer(request: HttpRequest, message_id) -> Message:
    return _message(request, message_id, role=Message.Role.ASSISTANT)


def _ask_instead(question: Message) -> Callable[..., list[Message]]:
    def verb(conversation: Conversation, *, text: str, message_id, head, **rest) -> list[Message]:
        answer = conversation.edit(question, text, message_id=message_id, head=head)
        return [answer.parent, answer]

    return verb


def _version(name: str):
    """The version that a model of this name runs; None for "", the conversation's own."""
    choices = catalogue.versions()
    if name and name not in choices:
        raise NotAvailable(name)
    return choices.get(name)


def _branched(
    request: HttpRequest,
    message: Message,
    verb: Callable[..., list[Message]],
    form_class: type[BranchForm] = BranchForm,
) -> HttpResponse:
    """What `verb` made of the conversation: the turns in place of `message` and what followed."""
    conversation, form = message.conversation, form_class(request.POST)
    if not form.is_valid():
        return _refused(request, conversation, form.sentence, status=422)
    try:
        turns = verb(conversation, **form.cleaned_data)
    except AskRefused as error:
        return _refused(request, conversation, str(error), status=409)
    if wants_json(request) and len(turns) > MOST:
        url = conversation.get_absolute_url()
        return JsonResponse({"reload": f"{url}?message={turns[0].id}"})
    return _answering(request, turns[-1], turns)
