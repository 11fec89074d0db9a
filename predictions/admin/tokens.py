"""API tokens."""

from django.contrib import admin

from predictions.models import ApiToken

from .read_only import ReadOnly


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
