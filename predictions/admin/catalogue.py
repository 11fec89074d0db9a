"""Upstreams, models and their versions."""

from django.contrib import admin

from predictions.models import LanguageModel, Upstream, Version

from .read_only import ReadOnly


@admin.register(Upstream)
class UpstreamAdmin(admin.ModelAdmin):
    list_display = ("name", "kind", "base_url", "enabled", "has_key", "created_at")
    list_filter = ("kind", "enabled")
    search_fields = ("name", "base_url")

    @admin.display(description="key is set", boolean=True)
    def has_key(self, upstream: Upstream) -> bool:
        return bool(upstream.key)


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


@admin.register(Version)
class VersionAdmin(admin.ModelAdmin):
    list_display = ("short_id", "model", "upstream", "upstream_model", "streams", "created_at")
    list_filter = ("upstream", "model__owner")
    list_select_related = ("model", "upstream")
    search_fields = ("id", "model__name", "upstream_model")
    readonly_fields = ("id", "created_at")

    @admin.display(description="version")
    def short_id(self, version: Version) -> str:
        return version.id[:12]

    @admin.display(boolean=True)
    def streams(self, version: Version) -> bool:
        return version.streams
