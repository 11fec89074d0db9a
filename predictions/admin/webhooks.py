"""Webhooks: what was sent where and how it went, and the secrets that sign it."""

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.utils.text import Truncator

from predictions.models import WebhookDelivery, WebhookSecret

from .read_only import ReadOnly


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        *("created_at", "event", "status", "attempts", "answer"),
        *("host", "next_attempt_at", "prediction"),
    )
    list_filter = ("status", "event", "response_status", "created_at")
    list_select_related = ("prediction",)
    search_fields = ("prediction__id", "webhook_id", "url", "error")
    date_hierarchy = "created_at"
    show_full_result_count = False
    fields = readonly_fields = (
        *("prediction", "event", "url", "webhook_id", "status", "attempts"),
        *("response_status", "error"),
        *("created_at", "next_attempt_at", "settled_at", "resend_requested_at"),
    )
    actions = ["send_again"]

    def has_change_webhooks_permission(self, request) -> bool:
        return request.user.has_perm("predictions.change_webhookdelivery")

    @admin.display(ordering="response_status")
    def answer(self, delivery: WebhookDelivery) -> str:
        """In a few words: the whole sentence is on the delivery's own page."""
        return Truncator(delivery.error).chars(40) or delivery.response_status or "-"

    @admin.action(description="Send again", permissions=["change_webhooks"])
    def send_again(self, request, queryset) -> None:
        count = queryset.resend()
        self.message_user(request, f"Messages on their way again: {count}.")


@admin.register(WebhookSecret)
class WebhookSecretAdmin(ReadOnly, admin.ModelAdmin):
    """Their keys are shown by the API, to their owners alone."""

    list_display = ("__str__", "created_at", "expires_at")
    list_filter = ("created_at",)
    list_select_related = ("owner",)
    search_fields = ("owner__username",)
    fields = readonly_fields = ("owner", "created_at", "expires_at")
    actions = ["rotate"]

    def has_change_secrets_permission(self, request) -> bool:
        return request.user.has_perm("predictions.change_webhooksecret")

    @admin.action(
        description="Rotate: a new secret, the old one good for 24 hours more",
        permissions=["change_secrets"],
    )
    def rotate(self, request, queryset) -> None:
        owners = get_user_model().objects.filter(pk__in=queryset.values("owner"))
        for owner in owners:
            WebhookSecret.rotate(owner)
        self.message_user(request, f"Accounts with a new secret: {len(owners)}.")
