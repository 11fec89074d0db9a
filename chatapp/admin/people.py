"""Everything of one person: to take along, or to erase; with a receipt."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe

from chatapp import downloads
from chatapp.desk import audit, belongings, erasing, people
from chatapp.models import AuditEntry, Erasure

from .pages import ERASE, context, desk_page

HERE = "desk_people"
AT_ONCE = 2  # seconds that a request erases; upkeep does the rest


@desk_page(ERASE)
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").replace("\0", "")[:200].strip()
    found = [(each, url_of(each)) for each in people.find(query)] if query else []
    erasures = Erasure.objects.all()[:20]
    more = {"query": query, "found": found, "erasures": erasures}
    return render(request, "admin/desk/people.html", context(request, "People", HERE, **more))


@desk_page(ERASE)
@require_safe
def account(request: HttpRequest, id: int) -> HttpResponse:
    return _page(request, _account(id))


@desk_page(ERASE)
@require_safe
def visitor(request: HttpRequest, key: str) -> HttpResponse:
    return _page(request, _visitor(key))


@desk_page(ERASE)
@require_POST
def export_account(request: HttpRequest, id: int) -> HttpResponse:
    return _export(request, _account(id))


@desk_page(ERASE)
@require_POST
def export_visitor(request: HttpRequest, key: str) -> HttpResponse:
    return _export(request, _visitor(key))


@desk_page(ERASE)
@require_POST
def erase_account(request: HttpRequest, id: int) -> HttpResponse:
    return _erase(request, _account(id))


@desk_page(ERASE)
@require_POST
def erase_visitor(request: HttpRequest, key: str) -> HttpResponse:
    return _erase(request, _visitor(key))


@desk_page(ERASE)
@require_safe
def receipt(request: HttpRequest, id) -> HttpResponse:
    """How an erasure stands; its receipt once it is finished."""
    erasure = get_object_or_404(Erasure, id=id)
    left = erasure.after if erasure.is_finished else erasing.left(erasure)
    more = {"erasure": erasure, "rows": _rows(erasure, left), "left": sum(left.values())}
    title = "Receipt" if erasure.is_finished else "Being erased"
    return render(request, "admin/desk/receipt.html", context(request, title, HERE, **more))


@desk_page(ERASE)
@require_GET
def receipt_file(request: HttpRequest, id, ending: str) -> HttpResponse:
    """The receipt to be kept elsewhere: `txt` or `json`."""
    erasure = get_object_or_404(Erasure.objects.exclude(finished_at=None), id=id)
    if ending == "json":
        response = JsonResponse(_told(erasure), json_dumps_params={"indent": 2})
    else:
        rows = _rows(erasure, erasure.after)
        text = render_to_string("admin/desk/receipt.txt", {"erasure": erasure, "rows": rows})
        response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="receipt-{erasure.id}.{ending}"'
    return response


def url_of(person: people.Person, verb: str = "") -> str:
    kind, key = ("visitor", person.visitor)
    if person.account:
        kind, key = ("account", person.account.pk)
    name = f"desk_{verb}_{kind}" if verb else f"desk_{kind}"
    return reverse(f"admin:{name}", args=[key])


def _account(id: int) -> people.Person:
    return people.Person(get_object_or_404(get_user_model(), pk=id))


def _visitor(key: str) -> people.Person:
    person = people.visitor(key)
    if person is None:
        raise Http404
    return person


def _page(
    request: HttpRequest, person: people.Person, sentence: str = "", status: int = 200
) -> HttpResponse:
    sessions = person.sessions()
    refusal = ""
    try:
        erasing.refuse_accidents(person, request.user)
    except erasing.EraseRefused as error:
        refusal = str(error)
    counts = person.counts() | {"sessions": "?" if sessions is None else len(sessions)}
    more = {
        "person": person,
        "counts": counts,
        "running": person.running.count(),
        "refusal": refusal,
        "sentence": sentence,
        "export_url": url_of(person, "export"),
        "erase_url": url_of(person, "erase"),
        "shared": person.kinds["shared links"].count(),
    }
    page = context(request, str(person), HERE, **more)
    return render(request, "admin/desk/person.html", page, status=status)


def _export(request: HttpRequest, person: people.Person) -> HttpResponse:
    if settings.CHAT_HIDE_CONTENTS:
        return _page(request, person, "Hidden: CHAT_HIDE_CONTENTS is on.", status=403)
    counts = person.counts()
    audit.record(
        request.user,
        AuditEntry.Verb.EXPORTED,
        subject=person.subject,
        count=counts["conversations"],
        format="zip",
        **counts,
    )
    name = person.subject.replace(" ", "-").replace("#", "")
    name = f"{name}-{timezone.now():%Y-%m-%d}.zip"
    return downloads.file(request, belongings.zipped(person), name, "application/zip")


def _erase(request: HttpRequest, person: people.Person) -> HttpResponse:
    if request.POST.get("name", "").strip() != str(person):
        return _page(request, person, f"Nothing was erased: type {person} to confirm.", 422)
    try:
        with_account = request.POST.get("what") == "account"
        erasure = erasing.begin(person, request.user, with_account=with_account)
    except erasing.EraseRefused as error:
        return _page(request, person, f"Nothing was erased. {error}", 422)
    erasing.work(erasure, AT_ONCE)
    messages.success(request, f"What {erasure.subject} had is hidden from everybody now.")
    return redirect("admin:desk_receipt", erasure.id)


def _rows(erasure: Erasure, left: dict) -> list[tuple[str, int, int]]:
    """Of each kind that there was or is, how many before and after."""
    kinds = [*erasure.before, *(kind for kind in left if kind not in erasure.before)]
    rows = [(kind, erasure.before.get(kind, 0), left.get(kind, 0)) for kind in kinds]
    return [row for row in rows if row[1] or row[2]]


def _told(erasure: Erasure) -> dict:
    return {
        "receipt": str(erasure.id),
        "subject": erasure.subject,
        "erased": "the account with all its data" if erasure.with_account else "all data",
        "by": erasure.by_name,
        "requested_at": erasure.requested_at,
        "finished_at": erasure.finished_at,
        "before": erasure.before,
        "after": erasure.after,
        "nothing_left": not any(erasure.after.values()),
    }


urls = [
    path("people/", find, name=HERE),
    path("people/account/<int:id>/", account, name="desk_account"),
    path("people/account/<int:id>/export/", export_account, name="desk_export_account"),
    path("people/account/<int:id>/erase/", erase_account, name="desk_erase_account"),
    # A key may have a slash in it, and ends with none of these.
    path("people/visitor/<path:key>/export/", export_visitor, name="desk_export_visitor"),
    path("people/visitor/<path:key>/erase/", erase_visitor, name="desk_erase_visitor"),
    path("people/visitor/<path:key>/", visitor, name="desk_visitor"),
    path("people/erasures/<uuid:id>/", receipt, name="desk_receipt"),
    path(
        "people/erasures/<uuid:id>.txt", receipt_file, {"ending": "txt"}, name="desk_receipt_text"
    ),
    path(
        "people/erasures/<uuid:id>.json", receipt_file, {"ending": "json"}, name="desk_receipt_json"
    ),
]
