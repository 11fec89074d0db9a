"""Predictions, and Stop.

What was said in the chat (source `web`) is not read here, but where those who may read it do; and
with HIDE_CONTENTS nothing is.
"""

import json

from django.conf import settings
from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from predictions.models import Prediction

from .read_only import ReadOnly

SIDES = ("input", "output")
HIDDEN = "Hidden: CHAT_HIDE_CONTENTS is on."
ELSEWHERE = "Said in the chat: it is read in its transcript, by those who may."


@admin.register(Prediction)
class PredictionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        *("id", "status", "ran", "upstream", "source", "owner", "created_at", "seconds"),
        *("paid", "error"),
    )
    list_filter = ("status", "source", "created_at", "upstream", "version__model")
    list_select_related = ("owner", "upstream", "version__model")
    search_fields = ("id", "error", "owner__username")
    date_hierarchy = "created_at"
    show_full_result_count = False
    fields = readonly_fields = (
        *("id", "status", "waiting_for", "error", "detail"),
        *("version", "upstream", "deployment", "owner", "source"),
        *("asked", "text", "thoughts", "tokens", "paid", "metrics", "data_removed"),
        *("created_at", "started_at", "completed_at", "cancel_requested_at", "deadline"),
        *("webhook", "webhook_events_filter", "deliveries"),
        *("runner", "epoch", "lease_expires_at", "last_cursor"),
    )
    actions = ["cancel"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("version__openapi_schema")

    @admin.display(description="model")
    def ran(self, prediction: Prediction) -> str:
        return str(prediction.version.model)

    @admin.display(description="input")
    def asked(self, prediction: Prediction) -> str:
        return _why_hidden(prediction) or json.dumps(prediction.input, ensure_ascii=False)

    @admin.display(description="output")
    def text(self, prediction: Prediction) -> str:
        return _why_hidden(prediction) or prediction.text

    @admin.display(description="logs")
    def thoughts(self, prediction: Prediction) -> str:
        return _why_hidden(prediction) or prediction.logs or "-"

    @admin.display(description="error detail")
    def detail(self, prediction: Prediction) -> str:
        """What an upstream says of a failure may repeat what it was asked."""
        told = prediction.error_detail
        return (_why_hidden(prediction) if told else "-") or told

    @admin.display(description="webhook deliveries")
    def deliveries(self, prediction: Prediction) -> str:
        url = reverse("admin:predictions_webhookdelivery_changelist")
        count = prediction.webhook_deliveries.count()
        return format_html('<a href="{}?prediction={}">{}</a>', url, prediction.id, count)

    def tokens(self, prediction: Prediction) -> str:
        counts = [(side, prediction.metrics.get(f"{side}_token_count")) for side in SIDES]
        return ", ".join(f"{count} {side}" for side, count in counts if count is not None) or "-"

    @admin.display(description="cost", ordering="cost")
    def paid(self, prediction: Prediction) -> str:
        """To the last digit that there is: most cost a fraction of a cent."""
        if prediction.cost is None:
            return "-"
        return f"{prediction.cost.normalize():f} {prediction.cost_currency}"

    def seconds(self, prediction: Prediction) -> str:
        if not prediction.completed_at:
            return "-"
        return f"{(prediction.completed_at - prediction.created_at).total_seconds():.1f}"

    def has_stop_permission(self, request) -> bool:
        return request.user.has_perm("predictions.change_prediction")

    @admin.action(description="Stop the selected predictions", permissions=["stop"])
    def cancel(self, request, queryset) -> None:
        for prediction in queryset:
            prediction.cancel()


def _why_hidden(prediction: Prediction) -> str:
    """Why its words are not shown; "" where they are."""
    if settings.HIDE_CONTENTS:
        return HIDDEN
    return ELSEWHERE if prediction.source == Prediction.Source.WEB else ""
