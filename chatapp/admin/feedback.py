"""What visitors thought of answers."""

from django.conf import settings
from django.contrib import admin
from django.template.defaultfilters import truncatechars
from django.urls import reverse
from django.utils.html import format_html

from chatapp.models import Feedback

HIDDEN = "Hidden: CHAT_HIDE_CONTENTS is on."


@admin.register(Feedback)
class FeedbackAdmin(admin.ModelAdmin):
    list_display = (
        *("thumb", "reason", "short_comment", "answered_by", "in_conversation", "updated_at"),
    )
    list_filter = ("is_good", "reason", "message__prediction__version__model", "updated_at")
    list_select_related = ("message__conversation", "message__prediction__version__model")
    search_fields = ("comment", "message__conversation__title")
    date_hierarchy = "updated_at"
    fields = readonly_fields = (
        *("thumb", "reason", "whole_comment", "answered_by", "in_conversation", "updated_at"),
    )

    def get_queryset(self, request):
        return super().get_queryset(request).filter(message__conversation__deleted_at=None)

    def get_search_fields(self, request) -> tuple:
        return () if settings.CHAT_HIDE_CONTENTS else self.search_fields

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    @admin.display(description="thumb", ordering="is_good")
    def thumb(self, feedback: Feedback) -> str:
        return "up" if feedback.is_good else "down"

    @admin.display(description="comment")
    def short_comment(self, feedback: Feedback) -> str:
        return truncatechars(" ".join(self.whole_comment(feedback).split()), 80)

    @admin.display(description="comment")
    def whole_comment(self, feedback: Feedback) -> str:
        return HIDDEN if feedback.comment and settings.CHAT_HIDE_CONTENTS else feedback.comment

    @admin.display(description="model")
    def answered_by(self, feedback: Feedback) -> str:
        prediction = feedback.message.prediction
        return str(prediction.version.model) if prediction else "-"

    @admin.display(description="conversation")
    def in_conversation(self, feedback: Feedback) -> str:
        conversation = feedback.message.conversation
        url = reverse("admin:chatapp_transcript_change", args=[conversation.id])
        url = f"{url}?message={feedback.message_id}"
        title = conversation.id if settings.CHAT_HIDE_CONTENTS else conversation
        return format_html('<a href="{}">{}</a>', url, title)
