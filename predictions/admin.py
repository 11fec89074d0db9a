"""The operators' admin of the engine: which models there are, and how the predictions went."""

from django.contrib import admin

from .models import ApiToken, LanguageModel, Prediction, Upstream, Version


class ReadOnly:
    """Written by the engine alone: it can be read and deleted."""

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False


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


@admin.register(Prediction)
class PredictionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("id", "status", "ran", "source", "owner", "created_at", "seconds", "error")
    list_filter = ("status", "source", "created_at", "version__model")
    list_select_related = ("owner", "version__model")
    search_fields = ("id", "error", "owner__username")
    date_hierarchy = "created_at"
    show_full_result_count = False
    fields = readonly_fields = (
        *("id", "status", "error", "version", "owner", "source"),
        *("input", "text", "logs", "metrics"),
        *("created_at", "started_at", "completed_at", "cancel_requested_at"),
        *("runner", "epoch", "lease_expires_at", "last_cursor"),
    )
    actions = ["cancel"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("version__openapi_schema")

    @admin.display(description="model")
    def ran(self, prediction: Prediction) -> str:
        return str(prediction.version.model)

    @admin.display(description="output")
    def text(self, prediction: Prediction) -> str:
        return prediction.text

    def seconds(self, prediction: Prediction) -> str:
        if not prediction.completed_at:
            return "-"
        return f"{(prediction.completed_at - prediction.created_at).total_seconds():.1f}"

    @admin.action(description="Stop the selected predictions")
    def cancel(self, request, queryset) -> None:
        for prediction in queryset:
            prediction.cancel()


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnly, admin.ModelAdmin):
    """Tokens are made with `manage.py token`, which shows them once; here they are revoked."""

    list_display = ("name", "owner", "ending", "created_at")
    list_filter = ("owner",)
    search_fields = ("name", "owner__username")
    fields = readonly_fields = ("name", "owner", "ending", "created_at")

    @admin.display(description="ends in")
    def ending(self, token: ApiToken) -> str:
        return f"…{token.last4}"
