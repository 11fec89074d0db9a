"""Making what was said unreadable: a form, a look at what would change, and the deed."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse

from chatapp.desk import audit
from chatapp.desk.redaction import Redaction, RedactRefused
from chatapp.models import AuditEntry, Message

from .pages import REDACT, context, desk_page

HERE = "chatapp_transcript_changelist"
WORDS, WHOLE = "words", "message"


class RedactionForm(forms.Form):
    what = forms.ChoiceField(
        choices=[
            (WORDS, "These words, wherever they are in the conversation"),
            (WHOLE, "The whole message"),
        ],
        initial=WORDS,
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        required=False,
        max_length=200_000,
        help_text="As they stand in the raw text below. White space may differ.",
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto", "spellcheck": "false"}),
    )
    with_files = forms.BooleanField(
        required=False, label="Remove the files that are attached to this message"
    )
    with_remarks = forms.BooleanField(
        required=False,
        initial=True,
        label="Also in what reviewers wrote: comments, flags, expected answers",
    )

    def clean(self) -> dict:
        typed = super().clean()
        words = "".join(typed.get("words", "").split())
        if typed.get("what") == WORDS and len(words) < 2:
            self.add_error("words", "Which words? At least two characters.")
        return typed

    def redaction(self, message: Message) -> Redaction:
        typed = self.cleaned_data
        words = typed["words"].strip() if typed["what"] == WORDS else ""
        names = ("with_files", "with_remarks")
        return Redaction(message, words, **{name: typed[name] for name in names})


@desk_page(REDACT)
def redact(request: HttpRequest, id) -> HttpResponse:
    """GET the form; POST it to be told what would change, and again (`confirmed`) to change it."""
    there = Message.objects.filter(
        conversation__deleted_at=None, conversation__summary__isnull=False
    )
    message = get_object_or_404(there.with_words().select_related("conversation"), id=id)
    form = RedactionForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _form(request, message, form)
    redaction = form.redaction(message)
    try:
        if "confirmed" in request.POST:
            return _done(request, message, redaction.apply(request.user))
        places = redaction.preview()
    except RedactRefused as error:
        form.add_error(None, str(error))
        return _form(request, message, form)
    if not places:
        nothing = "These words are not in this conversation (any more)."
        form.add_error("words" if redaction.words else None, nothing)
        return _form(request, message, form)
    more = {"message": message, "form": form, "places": dict(places), "redaction": redaction}
    page = context(request, "Redact: what would change", HERE, **more)
    return render(request, "admin/desk/redact_confirm.html", page)


def transcript_url(message: Message) -> str:
    url = reverse("admin:chatapp_transcript_change", args=[message.conversation_id])
    return f"{url}?message={message.id}#m-{message.id}"


def _form(request: HttpRequest, message: Message, form: RedactionForm) -> HttpResponse:
    if request.method == "GET":
        audit.record(request.user, AuditEntry.Verb.READ, message.conversation, page="redact")
    more = {
        "message": message,
        "form": form,
        "files": message.attachments.count(),
        "back": transcript_url(message),
    }
    page = context(request, "Redact a message", HERE, **more)
    status = 422 if form.is_bound else 200
    return render(request, "admin/desk/redact.html", page, status=status)


def _done(request: HttpRequest, message: Message, places: dict) -> HttpResponse:
    if places:
        told = ", ".join(f"{kind} {count}" for kind, count in places.items())
        messages.success(request, f"Redacted for good: {told}.")
    else:
        messages.info(request, "It was redacted already.")
    return redirect(transcript_url(message))


urls = [path("message/<uuid:id>/redact/", redact, name="desk_redact")]
