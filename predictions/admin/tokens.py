"""API tokens: made here and shown once, changed but for their owner, revoked by deleting them."""

from django.contrib import admin, messages

from predictions.models import ApiToken


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):
    list_display = ("name", "owner", "ending", "scopes", "expires_at", "last_used_at")
    list_filter = ("can_write", "owner")
    list_select_related = ("owner",)
    search_fields = ("name", "owner__username")
    fields = ("name", "owner", "can_read", "can_write", "expires_at")

    def get_fields(self, request, token=None):
        return (*self.fields, "ending", "created_at", "last_used_at") if token else self.fields

    def get_readonly_fields(self, request, token=None):
        return ("owner", "ending", "created_at", "last_used_at") if token else ()

    def get_changeform_initial_data(self, request):
        return {"owner": request.user.pk} | super().get_changeform_initial_data(request)

    def formfield_for_foreignkey(self, field, request, **kwargs):
        """Only superusers make tokens for others: a token acts in its owner's name."""
        formfield = super().formfield_for_foreignkey(field, request, **kwargs)
        if not request.user.is_superuser:
            formfield.queryset = formfield.queryset.filter(pk=request.user.pk)
        return formfield

    def save_model(self, request, token: ApiToken, form, change: bool) -> None:
        if change:
            return super().save_model(request, token, form, change)
        text = token.issue()
        messages.warning(request, f"Copy the new token now, it is not shown again: {text}")

    @admin.display(description="ends in")
    def ending(self, token: ApiToken) -> str:
        return f"…{token.last4}"

    @admin.display
    def scopes(self, token: ApiToken) -> str:
        scopes = [("read", token.can_read), ("write", token.can_write)]
        return ", ".join(name for name, is_granted in scopes if is_granted) or "none"
