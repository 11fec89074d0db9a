"""Models and their versions, with what they cost."""

from django import forms
from django.contrib import admin

from predictions.models import LanguageModel, Price, Version

from .read_only import ReadOnly


class VersionInline(ReadOnly, admin.TabularInline):
    model = Version
    fields = readonly_fields = ("id", "upstream", "upstream_model", "created_at")
    extra = 0
    can_delete = False
    show_change_link = True


@admin.register(LanguageModel)
class LanguageModelAdmin(admin.ModelAdmin):
    list_display = ("__str__", "description", "created_at")
    list_filter = ("owner",)
    search_fields = ("owner", "name", "description")
    inlines = [VersionInline]


class FineTunedVersionForm(forms.ModelForm):
    """The versions that are made by hand: those with a base, which gives what is left empty."""

    class Meta:
        fields = ("model", "base", "upstream", "upstream_model")
        help_texts = {"base": "A base that is fine-tuned itself stands for its own base."}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["base"].required = True
        self.fields["upstream"].required = False
        self.fields["upstream"].help_text = "By default the base's."
        self.fields["upstream_model"].help_text = "By default the base's."


class PriceInline(admin.TabularInline):
    model = Price
    extra = 0
    verbose_name_plural = "prices per million tokens, each until the next one starts"


@admin.register(Version)
class VersionAdmin(admin.ModelAdmin):
    list_display = (
        *("short_id", "model", "base", "upstream", "upstream_model", "streams", "created_at"),
    )
    list_filter = ("upstream", "model__owner", ("base", admin.EmptyFieldListFilter))
    list_select_related = ("model", "upstream", "base__model")
    search_fields = ("id", "model__name", "upstream_model")
    raw_id_fields = ("base",)

    def get_form(self, request, obj=None, **kwargs):
        if obj is None:
            kwargs["form"] = FineTunedVersionForm
        return super().get_form(request, obj, **kwargs)

    def get_fields(self, request, obj=None):
        return super().get_fields(request, obj) if obj else FineTunedVersionForm.Meta.fields

    def get_readonly_fields(self, request, obj=None):
        return ("id", "base", "created_at") if obj else ()

    def get_inlines(self, request, obj=None):
        return [PriceInline] if obj else []

    @admin.display(description="version")
    def short_id(self, version: Version) -> str:
        return version.id[:12]

    @admin.display(boolean=True)
    def streams(self, version: Version) -> bool:
        return version.streams
