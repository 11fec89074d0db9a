"""The one gate for what a visitor types."""

from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chatapp.models import Feedback

MAX_BYTES = 64 * 1024
MOST_ATTACHMENTS = 10


class TextField(forms.CharField):
    """A visitor's text: newlines as LF, no NUL, not empty, at most 64 KB."""

    def __init__(self, **kwargs) -> None:
        super().__init__(required=False, **kwargs)

    def to_python(self, value: str | None) -> str:
        value = (value or "").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
        return super().to_python(value)

    def validate(self, value: str) -> None:
        size = len(value.encode())
        if size > MAX_BYTES:
            sentence = gettext("This message is too long: %(n)s KB, and 64 KB is the most.")
            raise forms.ValidationError(sentence % {"n": -(-size // 1024)})


def too_many() -> str:
    return gettext("At most %(most)s files can go with a message.") % {"most": MOST_ATTACHMENTS}


class IdsField(forms.Field):
    """The ids of what was attached, at most MOST_ATTACHMENTS."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: list | None) -> list[UUID]:
        try:
            return [UUID(each) for each in value or []]
        except ValueError as error:
            raise forms.ValidationError(_("Reload the page and send this again.")) from error

    def validate(self, value: list) -> None:
        if len(value) > MOST_ATTACHMENTS:
            raise forms.ValidationError(too_many())


class Sentenced(forms.Form):
    @property
    def sentence(self) -> str:
        """The first complaint, for the visitor."""
        return next(error for errors in self.errors.values() for error in errors)


class AskForm(Sentenced):
    """A turn: what is said, to which model, under which id (the same id is the same turn)."""

    text = TextField()
    suggestion = TextField()
    model = forms.CharField(required=False)
    attachments = IdsField(required=False)
    preset = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    message_id = forms.UUIDField(
        required=False, error_messages={"invalid": _("Reload the page and send this again.")}
    )

    def clean(self) -> dict:
        cleaned = super().clean()
        cleaned["text"] = cleaned.get("text") or cleaned.get("suggestion") or ""
        files = [*cleaned.get("attachments", []), *self.files.getlist("files")]
        if len(files) > MOST_ATTACHMENTS and not self.errors:
            self.add_error("attachments", too_many())
        if not cleaned["text"] and not files and not self.errors:
            self.add_error("text", _("There is nothing to send yet: write a message first."))
        return cleaned


class LinkForm(Sentenced):
    """What a link to a new chat may say; it fills the page, and sends nothing."""

    q = TextField()
    model = forms.CharField(required=False, max_length=300)
    preset = forms.CharField(required=False, max_length=60)


class PresetForm(Sentenced):
    name = forms.CharField(
        max_length=60,
        error_messages={
            "required": _("Give the preset a name."),
            "max_length": _("A name has at most %(limit_value)d characters."),
        },
    )

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())


class FeedbackForm(forms.Form):
    verdict = forms.ChoiceField(choices=[(each, each) for each in ("good", "bad", "none")])
    reason = forms.ChoiceField(choices=Feedback.Reason.choices, required=False)
    comment = TextField()

    @property
    def opinion(self) -> dict:
        """The fields of a Feedback. Of a thumb up there is no reason to give."""
        is_good = self.cleaned_data["verdict"] == "good"
        reason = "" if is_good else self.cleaned_data["reason"]
        return {"is_good": is_good, "reason": reason, "comment": self.cleaned_data["comment"]}


class BranchForm(Sentenced):
    """What is done with a turn: at which character, by which model; `head` is the last turn that
    the page shows."""

    head = forms.UUIDField(required=False)
    model = forms.CharField(required=False)
    at = forms.IntegerField(required=False)


class EditForm(AskForm):
    """Another text in place of a question."""

    head = forms.UUIDField(required=False)
