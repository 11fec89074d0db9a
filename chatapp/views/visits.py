"""What a frame asks of the server, in the name of its visit.

The token in the header is the only key: no cookie is looked at, so that no other page can ask with
a visitor's. Only our own pages may ask from a browser, and only as long as the page around the
frame is on the site's list.
"""

from functools import wraps
from uuid import UUID, uuid4

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chatapp import notifications, turns
from chatapp.embed import hurry, origins, tokens, visiting
from chatapp.embed.identity import NotVouchedFor
from chatapp.forms import AskForm, FeedbackForm
from chatapp.models import AskRefused, EmbedVisit, Feedback, Message
from chatapp.models.messages import EMBED, Way

from .embed import find


def for_frames(view):
    """For our own pages alone, never kept by a cache; given the site."""

    @wraps(view)
    def guarded(request: HttpRequest, key: str, **kwargs) -> HttpResponse:
        site = find(key)
        if site is None:
            return _refused(404, "gone", _("This chat is not here any more."))
        try:
            if not origins.is_ours(request):
                raise visiting.NotWelcome
            response = view(request, site, **kwargs)
        except visiting.NotWelcome:
            response = _refused(403, "origin", _("This page may not show this chat."))
        except Http404:  # the site's page for it would set a cookie
            response = _refused(404, "gone", _("This is not here any more."))
        except hurry.TooFast as error:
            response = _refused(429, "limit", _("That was fast. Try again in a minute."))
            response["Retry-After"] = str(error.seconds)
        response["Cache-Control"] = "private, no-store"
        return response

    guarded.csrf_exempt = True
    return guarded


def for_visits(view):
    """For whoever has the token of an open visit to the site; given the visit."""

    @for_frames
    @wraps(view)
    def guarded(request: HttpRequest, site, **kwargs) -> HttpResponse:
        text = request.headers.get("Authorization", "").removeprefix(tokens.SCHEME)
        visit = tokens.visit_of(text)
        if visit is None or visit.site_id != site.id:
            return _refused(401, "over", _("This chat is over. What you send begins a new one."))
        visiting.refuse_strangers(site, request, visit.host)
        return view(request, visit, **kwargs)

    return guarded


@for_frames
@require_POST
def arrive(request: HttpRequest, site) -> HttpResponse:
    """Resume a visit by `ticket`, for the `identity` that the page vouches with, or `begin` one.
    Gives its `token`, "" where there is none, and a `ticket`: for the frame's own storage, or with
    `hand` for the page around it."""
    given = {name: request.POST.get(name, "") for name in ("ticket", "host", "preview")}
    vouched, begin = request.POST.get("identity", ""), "begin" in request.POST
    if vouched or begin:
        hurry.admit_visit(request, site)
    try:
        visit = visiting.arrive(site, request, vouched=vouched, begin=begin, **given)
    except NotVouchedFor as error:
        return _refused(403, "identity", str(error), why=error.why)
    if visit is None:
        return JsonResponse({"token": "", "ticket": ""})
    is_handed = "hand" in request.POST
    return JsonResponse(
        {
            "token": tokens.token(visit),
            "ticket": tokens.handed(visit, request) if is_handed else tokens.ticket(visit),
            "is_resumed": not visit.is_new,
            "turns": _turns(visit, turns.newest(visit.current)) if visit.current else "",
        }
    )


@for_visits
@require_POST
def ask(request: HttpRequest, visit: EmbedVisit) -> HttpResponse:
    form = AskForm(request.POST)
    if not form.is_valid():
        return _refused(422, "invalid", form.sentence)
    if visit.site.paused:
        return _refused(403, "paused", _("This chat is paused. Try again later."))
    hurry.admit_message(visit)
    typed = form.cleaned_data
    try:
        answer = visit.ask(typed["text"], message_id=typed["message_id"] or uuid4())
    except AskRefused as error:
        return _refused(409, "refused", str(error))
    return _taken(visit, [answer.parent, answer])


@for_visits
@require_POST
def retry(request: HttpRequest, visit: EmbedVisit, message_id) -> HttpResponse:
    if visit.site.paused:
        return _refused(403, "paused", _("This chat is paused. Try again later."))
    hurry.admit_message(visit)
    try:
        return _taken(visit, [visit.retry(_answer(visit, message_id))])
    except AskRefused as error:
        return _refused(409, "refused", str(error))


@for_visits
@require_POST
def stop(request: HttpRequest, visit: EmbedVisit, message_id) -> HttpResponse:
    _answer(visit, message_id).prediction.cancel()
    return HttpResponse(status=204)


@for_visits
@require_POST
def feedback(request: HttpRequest, visit: EmbedVisit, message_id) -> HttpResponse:
    answer, form = _answer(visit, message_id), FeedbackForm(request.POST)
    if not form.is_valid():
        return _refused(422, "invalid", _("Say good, bad or none."))
    if form.cleaned_data["verdict"] == "none":
        Feedback.objects.filter(message=answer).delete()
    else:
        Feedback.objects.update_or_create(message=answer, defaults=form.opinion)
    notifications.ring(visit.current)
    return HttpResponse(status=204)


@for_visits
@require_POST
def leave(request: HttpRequest, visit: EmbedVisit) -> HttpResponse:
    """A new chat, with the next message."""
    visit.leave()
    return HttpResponse(status=204)


@for_visits
@require_POST
def end(request: HttpRequest, visit: EmbedVisit) -> HttpResponse:
    visit.end()
    return HttpResponse(status=204)


@for_visits
@require_GET
def state(request: HttpRequest, visit: EmbedVisit) -> HttpResponse:
    """As chatapp.views.turns.state; of a chat that has not begun yet, that."""
    shown = visit.current
    running = shown and shown.running
    if running:
        running.way = _way(visit)
    marks = list(turns.marks(shown).items()) if shown else []
    return JsonResponse({"title": "", "turns": marks, "stop": running.stop_url if running else ""})


@for_visits
@require_GET
def some(request: HttpRequest, visit: EmbedVisit) -> HttpResponse:
    """Turns by their ids, `?ids=…,…`; those that are gone are left out."""
    try:
        ids = [UUID(id) for id in request.GET.get("ids", "").split(",")[: turns.MOST]]
    except ValueError as error:
        raise Http404 from error
    return _fragment(visit, turns.some(_shown(visit), ids))


@for_visits
@require_GET
def before(request: HttpRequest, visit: EmbedVisit, message_id) -> HttpResponse:
    return _fragment(visit, turns.before(_shown(visit), message_id))


@for_visits
@require_GET
def message(request: HttpRequest, visit: EmbedVisit, message_id) -> HttpResponse:
    found = _message(visit, message_id)
    turns.mark([found])
    return HttpResponse(_html(visit, found))


@for_visits
@require_GET
def message_text(request: HttpRequest, visit: EmbedVisit, message_id) -> HttpResponse:
    """The words as they were said, for the clipboard."""
    body = _message(visit, message_id).body
    return HttpResponse(body, content_type="text/plain; charset=utf-8")


@for_visits
@require_GET
def message_waiting(request: HttpRequest, visit: EmbedVisit, message_id) -> HttpResponse:
    return JsonResponse({"waiting": _message(visit, message_id).waiting})


def _shown(visit: EmbedVisit):
    if visit.current is None:
        raise Http404
    return visit.current


def _message(visit: EmbedVisit, id) -> Message:
    found = Message.objects.filter(conversation=_shown(visit), id=id).with_words().first()
    if found is None:
        raise Http404
    return found


def _answer(visit: EmbedVisit, id) -> Message:
    found = _message(visit, id)
    if found.prediction is None:
        raise Http404
    return found


def _taken(visit: EmbedVisit, messages: list[Message]) -> JsonResponse:
    """The turns that follow another, `after`, from now on ("": the first ones)."""
    turns.mark(messages)
    return JsonResponse(
        {
            "message_id": uuid4(),
            "after": messages[0].parent_id or "",
            "messages": [_html(visit, message) for message in messages],
        }
    )


def _fragment(visit: EmbedVisit, part: turns.Turns | None) -> HttpResponse:
    if part is None:
        raise Http404
    return HttpResponse(_turns(visit, part))


def _turns(visit: EmbedVisit, part: turns.Turns) -> str:
    """Rendered without the request: there is no form in it to be guarded by a cookie."""
    for each in part.messages:
        each.way = _way(visit)
    return render_to_string("partials/_embed_turns.html", {"part": part, "key": visit.site.key})


def _html(visit: EmbedVisit, message: Message) -> str:
    message.way = _way(visit)
    return render_to_string("partials/_message.html", {"message": message})


def _way(visit: EmbedVisit) -> Way:
    return Way(EMBED, (visit.site.key,))


def _refused(status: int, code: str, sentence: str, **more: str) -> JsonResponse:
    return JsonResponse({"detail": sentence, "code": code, **more}, status=status)
