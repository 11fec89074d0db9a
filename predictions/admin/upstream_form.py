"""The form of an upstream. A key or a header that was typed in is not shown again: not later, and
not beside an error."""

from django import forms

from predictions import discretion, keyring
from predictions.models import Upstream
from predictions.operators import configuration, faults

KEPT = "Leave it empty to keep what is there."
UNKEPT = "It is kept encrypted, and not shown again."


class WriteOnlyLines(forms.Textarea):
    """Lines that are taken, and never rendered."""

    def format_value(self, value: object) -> None:
        return None


class UpstreamForm(forms.ModelForm):
    # Not `key` and `headers`: the model has these in clear, and the admin shows what it finds.
    new_key = forms.CharField(
        label="Key",
        required=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
    )
    forget_key = forms.BooleanField(required=False, label="Forget the stored key")
    new_headers = forms.CharField(
        label="Headers",
        required=False,
        widget=WriteOnlyLines(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )

    class Meta:
        model = Upstream
        fields = (
            *("name", "kind", "base_url", "key_env", "enabled"),
            *("max_runs", "requests_a_minute", "fallback"),
        )
        labels = {"base_url": "Base URL"}
        widgets = {"base_url": forms.TextInput(attrs={"class": "vLargeTextField"})}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        # From here on, whatever goes wrong: a crash page and the log do not tell them.
        typed = [self.data.get("new_key", ""), *_values(self.data.get("new_headers", ""))]
        discretion.remember(text.strip() for text in typed)
        what_then = KEPT if self.instance.encrypted_key else UNKEPT
        self.fields["new_key"].help_text = f"{_state(self.instance)}. {what_then}"
        self.fields["new_headers"].help_text = (
            f"{_names(self.instance)}. One a line, as Name: value; a line with Name: alone forgets "
            "that one. Values are not shown again."
        )

    def clean_new_key(self) -> str:
        return configuration.clean_key(self.cleaned_data["new_key"])

    def clean_new_headers(self) -> dict[str, str]:
        return configuration.clean_headers(self.cleaned_data["new_headers"].splitlines())

    def clean_fallback(self) -> Upstream | None:
        fallback = self.cleaned_data["fallback"]
        configuration.check_fallback(self.instance, fallback)
        return fallback

    def clean(self) -> dict:
        cleaned = super().clean()
        if "kind" in cleaned and "base_url" in cleaned:
            try:
                cleaned["base_url"] = configuration.clean_address(
                    cleaned["kind"], cleaned["base_url"]
                )
            except forms.ValidationError as error:
                self.add_error("base_url", error)
        if cleaned.get("new_key") and cleaned.get("forget_key"):
            self.add_error("forget_key", "Either a new key or none.")
        return cleaned

    def save(self, commit: bool = True) -> Upstream:
        if self.cleaned_data["new_key"]:
            self.instance.key = self.cleaned_data["new_key"]
        elif self.cleaned_data["forget_key"]:
            self.instance.encrypted_key = ""
        if self.cleaned_data["new_headers"]:
            configuration.change_headers(self.instance, self.cleaned_data["new_headers"])
        return super().save(commit)


def _state(upstream: Upstream) -> str:
    """What key there is, in words."""
    source = faults.key_source(upstream)
    return source[0].upper() + source[1:]


def _names(upstream: Upstream) -> str:
    try:
        names = ", ".join(upstream.headers)
    except keyring.Undecipherable:
        return "There are headers that cannot be decrypted"
    return f"Set: {names}" if names else "None is set"


def _values(lines: str) -> list[str]:
    return [line.partition(":")[2] for line in lines.splitlines()]
