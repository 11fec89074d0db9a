"""The form of an embed site: models that stream are offered, and of each its versions that do."""

from itertools import groupby

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db.models import Q, QuerySet
from django.utils.text import capfirst

from chatapp.models import EmbedSite
from predictions.models import LanguageModel, Version

AS_THEY_ARE = {"spellcheck": "false", "autocapitalize": "none", "dir": "ltr"}


class Lines(AdminTextareaWidget):
    """Its lines end as the database has them, so that what nobody touched has not changed."""

    def __init__(self, rows: int, **attrs: str) -> None:
        super().__init__({"rows": rows, **attrs})

    def value_from_datadict(self, data, files, name) -> str | None:
        text = super().value_from_datadict(data, files, name)
        return text and text.replace("\r\n", "\n")


def _one_of(name: str, nothing: str) -> forms.ModelChoiceField:
    """The field without the admin's links to other pages beside it."""
    field = EmbedSite._meta.get_field(name).formfield()
    field.empty_label = nothing
    return field


class EmbedSiteForm(forms.ModelForm):
    model = _one_of("model", "as the chat page")
    version = _one_of("version", "its newest")

    class Meta:
        widgets = {
            "origins": Lines(4, **AS_THEY_ARE, placeholder="https://www.example.org"),
            "system_prompt": Lines(6),
            "greeting": Lines(4),
            "suggestions": Lines(3),
            "accent": forms.TextInput({"size": 8, **AS_THEY_ARE}),  # its script adds a picker
            "radius": forms.NumberInput({"min": 0, "max": 32, "class": "vIntegerField"}),
            "budget_currency": forms.TextInput({"size": 4}),
        }

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if "scheme" not in self.fields:  # it is shown to somebody who may not change it
            return
        scheme = self.fields["scheme"]
        scheme.choices = [(value, capfirst(label)) for value, label in scheme.choices]
        versions = offered(self.instance)
        has_one = Q(pk__in=versions.values("model")) | Q(pk=self.instance.model_id)
        self.fields["model"].queryset = LanguageModel.objects.filter(has_one)
        self.fields["version"].queryset = versions
        self.fields["version"].choices = [("", "its newest"), *_by_model(versions)]


def offered(site: EmbedSite) -> QuerySet[Version]:
    """The versions that stream; and the one that is chosen, whatever became of it."""
    streaming = Version.objects.streaming().enabled().values("pk")
    versions = Version.objects.filter(Q(pk__in=streaming) | Q(pk=site.version_id))
    versions = versions.select_related("model", "upstream").defer("openapi_schema")
    return versions.order_by("model__owner", "model__name", "-created_at")


def _by_model(versions: QuerySet[Version]) -> list[tuple[str, list[tuple[str, str]]]]:
    groups = groupby(versions, key=lambda version: str(version.model))
    return [(model, [(each.pk, _label(each)) for each in group]) for model, group in groups]


def _label(version: Version) -> str:
    return f"{version.id[:12]}, {version.created_at:%d %b %Y}, {version.upstream}"
