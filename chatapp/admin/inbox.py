"""The inbox: what deserves a look, who looks, and that it was done."""

from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_POST

from chatapp.desk import audit, concerns, inbox
from chatapp.models import AuditEntry

from .pages import REVIEW, VIEW, context, desk_page

PAGE = 25


@desk_page(VIEW, REVIEW)
@require_GET
def desk_inbox(request: HttpRequest) -> HttpResponse:
    choice = Choice(request)
    page = choice.page(request)
    told = context(
        request,
        "Inbox",
        "desk_inbox",
        choice=choice,
        page=page,
        rows=_rows(page.object_list),
        pages=page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1),
        reviewers=inbox.reviewers(),
        seen_at=timezone.now().isoformat(),
    )
    if told["rows"] and not told["hides_contents"]:
        audit.record(request.user, AuditEntry.Verb.READ, subject="the inbox", count=len(page))
    return TemplateResponse(request, "admin/desk/inbox.html", told)


def _rows(transcripts) -> list[dict]:
    """Each with why it is here; `message` is the one to look at."""
    reasons = concerns.of(transcripts)
    rows = []
    for each in transcripts:
        found = reasons[each.pk]
        here = next((reason.message for reason in found if reason.message), None)
        said = next((reason.said for reason in found if reason.said), "")
        said = "" if said == each.title else said
        rows.append({"transcript": each, "concerns": found, "message": here, "said": said})
    return rows


class Choice:
    """What of the inbox is shown, as the address says: whose, why, or what is done."""

    def __init__(self, request: HttpRequest) -> None:
        self.whose = inbox.whose(request.user)
        who, why = request.GET.get("who"), request.GET.get("why")
        self.who = who if who in self.whose else "all"
        self.why = why if why in inbox.REASONS else ""
        self.is_done = "done" in request.GET
        self.counts = inbox.counts(request.user, self.who, self.why)

    @property
    def people(self) -> list[dict]:
        return [
            self._link(title, key, self.why, self.counts[key], is_here=key == self.who)
            for key, (title, _) in self.whose.items()
        ]

    @property
    def reasons(self) -> list[dict]:
        reasons = {"": ("Any reason", None)} | inbox.REASONS
        return [
            self._link(title, self.who, key, self.counts[key or "any"], is_here=key == self.why)
            for key, (title, _) in reasons.items()
        ]

    @property
    def url(self) -> str:
        return _address(self.who, self.why, self.is_done)

    def page(self, request: HttpRequest):
        found = inbox.done() if self.is_done else inbox.waiting()
        found = found.filter(self.whose[self.who][1])
        if self.why:
            found = found.filter(inbox.REASONS[self.why][1])
        found = found.select_related(
            "owner", "summary__model", "review__assignee", "review__done_by"
        ).defer("input")
        return Counted(found, PAGE, None if self.is_done else self._count).get_page(
            request.GET.get("page")
        )

    @property
    def _count(self) -> int:
        return self.counts[self.why or "any"]

    def _link(self, title: str, who: str, why: str, count: int, *, is_here: bool) -> dict:
        url = _address(who, why, self.is_done)
        told = None if self.is_done else count
        return {"title": title, "url": url, "count": told, "is_here": is_here}


class Counted(Paginator):
    """Pages of what was counted already, where it was."""

    def __init__(self, found, per_page: int, count: int | None) -> None:
        super().__init__(found, per_page)
        if count is not None:
            self.count = count


def _address(who: str, why: str, is_done: bool) -> str:
    asked = {"who": who if who != "all" else "", "why": why, "done": "1" if is_done else ""}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{reverse('admin:desk_inbox')}?{query}".rstrip("?")


@desk_page(VIEW, REVIEW)
@require_POST
def desk_inbox_change(request: HttpRequest) -> HttpResponse:
    """What its buttons do. Each is named after its verb; its value is one conversation, or
    `checked` for those that are."""
    verb = next((name for name in VERBS if name in request.POST), None)
    if verb is None:
        messages.error(request, "Choose what is to be done.")
    elif ids := _chosen(request, request.POST[verb]):
        messages.success(request, VERBS[verb](request, ids))
    else:
        messages.warning(request, "Choose some conversations first.")
    return redirect(_back(request))


def _chosen(request: HttpRequest, one: str) -> list[UUID]:
    chosen = request.POST.getlist("conversation") if one == "checked" else [one]
    return [id for id in map(_uuid, chosen) if id]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _done(request: HttpRequest, ids: list[UUID]) -> str:
    return f"{_told(inbox.finish(ids, request.user, _seen_at(request)))} done."


def _reopen(request: HttpRequest, ids: list[UUID]) -> str:
    return f"{_told(inbox.reopen(ids))} open again."


def _take(request: HttpRequest, ids: list[UUID]) -> str:
    return f"{_told(inbox.assign(ids, request.user))} yours."


def _assign(request: HttpRequest, ids: list[UUID]) -> str:
    wanted = request.POST.get("assignee", "")
    people = inbox.reviewers()
    person = people.filter(pk=wanted).first() if wanted.isdecimal() and len(wanted) < 19 else None
    if wanted and person is None:
        return "Nobody of that name reviews; nothing was changed."
    given = f"given to {person}" if person else "nobody's"
    return f"{_told(inbox.assign(ids, person))} {given}."


VERBS = {"done": _done, "reopen": _reopen, "take": _take, "assign": _assign}


def _told(count: int) -> str:
    return "1 conversation is" if count == 1 else f"{count} conversations are"


def _seen_at(request: HttpRequest) -> datetime | None:
    """When the page was made that the button was on."""
    try:
        at = parse_datetime(request.POST.get("seen_at", ""))
    except ValueError:
        return None
    return at if at and timezone.is_aware(at) else None


def _back(request: HttpRequest) -> str:
    """The page that it came from, of the inbox only."""
    asked = {name: request.POST.get(name, "") for name in ("who", "why", "done_list", "page")}
    url = _address(asked["who"], asked["why"], bool(asked["done_list"]))
    if asked["page"].isdecimal():
        url += f"{'&' if '?' in url else '?'}page={asked['page']}"
    return url


urls = [
    path("inbox/", desk_inbox, name="desk_inbox"),
    path("inbox/change/", desk_inbox_change, name="desk_inbox_change"),
]
