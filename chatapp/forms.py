"""The one gate for what a visitor types."""

from django import forms

MAX_BYTES = 64 * 1024


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
            raise forms.ValidationError(
                f"This message is too long: {-(-size // 1024)} KB, and 64 KB is the most."
            )


class AskForm(forms.Form):
    """A turn: what is said, to which model, under which id (the same id is the same turn)."""

    text = TextField()
    suggestion = TextField()
    model = forms.CharField(required=False)
    message_id = forms.UUIDField(
        required=False, error_messages={"invalid": "Reload the page and send this again."}
    )

    def clean(self) -> dict:
        cleaned = super().clean()
        cleaned["text"] = cleaned.get("text") or cleaned.get("suggestion") or ""
        if not cleaned["text"] and not self.errors:
            self.add_error("text", "There is nothing to send yet: write a message first.")
        return cleaned

    @property
    def sentence(self) -> str:
        """The first complaint, for the visitor."""
        return next(error for errors in self.errors.values() for error in errors)


class BranchForm(forms.Form):
    """What is done with a turn: at which character, by which model; `head` is the last turn that
    the page shows."""

    head = forms.UUIDField(required=False)
    model = forms.CharField(required=False)
    at = forms.IntegerField(required=False)

    @property
    def sentence(self) -> str:
        """The first complaint, for the visitor."""
        return next(error for errors in self.errors.values() for error in errors)


class EditForm(AskForm):
    """Another text in place of a question."""

    head = forms.UUIDField(required=False)
