"""Conversations and their messages as operators read them. What was said is text, never markup."""

from django.contrib import admin
from django.db.models import Count
from django.template.defaultfilters import linebreaksbr
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator

from .models import Conversation, Feedback, Message

admin.site.site_header = admin.site.site_title = "Rivulet"
admin.site.index_title = "What is kept"


class ReadOnly:
    """What was said stays as it was said: it can be read and deleted."""

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False


def said(message: Message) -> str:
    """The words of a turn, and folded above them what was thought."""
    if not (message.prediction and message.reasoning):
        return message.body
    folded = "<details><summary>{}</summary>{}</details>{}"
    title, thoughts = message.reasoning_title, linebreaksbr(message.reasoning, autoescape=True)
    return format_html(folded, title, thoughts, linebreaksbr(message.body, autoescape=True))


class MessageInline(ReadOnly, admin.StackedInline):
    model = Message
    fields = (("role", "status", "created_at", "run"), "said")
    readonly_fields = ("role", "status", "created_at", "run", "said")
    ordering = ("created_at",)
    extra = 0
    can_delete = False
    verbose_name_plural = "what was said (every try, in the order of time)"

    def get_queryset(self, request):
        return super().get_queryset(request).with_words()

    @admin.display(description="text")
    def said(self, message: Message) -> str:
        return said(message)

    @admin.display(description="prediction")
    def run(self, message: Message) -> str:
        if message.prediction_id is None:
            return "-"
        url = reverse("admin:predictions_prediction_change", args=[message.prediction_id])
        return format_html('<a href="{}">{}</a>', url, message.prediction_id)


@admin.register(Conversation)
class ConversationAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("title", "who", "answered_by", "message_count", "created_at", "updated_at")
    list_filter = ("updated_at", "version__model")
    list_select_related = ("owner", "version__model")
    search_fields = ("title", "owner__username", "messages__text")
    date_hierarchy = "updated_at"
    view_on_site = False  # somebody else's conversation does not exist on the site
    fields = readonly_fields = ("title", "who", "answered_by", "created_at", "updated_at")
    inlines = [MessageInline]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(messages_in_it=Count("messages"))

    @admin.display(ordering="owner__username")
    def who(self, conversation: Conversation) -> str:
        return str(conversation.owner or f"visitor {conversation.visitor[:6]}")

    @admin.display(description="model", ordering="version__model__name")
    def answered_by(self, conversation: Conversation) -> str:
        return str(conversation.version.model) if conversation.version else "-"

    @admin.display(description="messages", ordering="messages_in_it")
    def message_count(self, conversation: Conversation) -> int:
        return conversation.messages_in_it


@admin.register(Message)
class MessageAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("beginning", "role", "status", "conversation", "created_at")
    list_filter = ("role", "prediction__status", "created_at")
    search_fields = ("text", "conversation__title")
    fields = readonly_fields = (
        "conversation",
        "role",
        "status",
        "said",
        "prediction",
        "created_at",
    )

    def get_queryset(self, request):
        messages = super().get_queryset(request).with_words().select_related("conversation")
        return messages.defer("prediction__logs", "prediction__input")

    @admin.display(description="text")
    def beginning(self, message: Message) -> str:
        return " ".join(message.body[:200].split())[:80] or "(nothing yet)"

    @admin.display(description="text")
    def said(self, message: Message) -> str:
        return said(message)


@admin.register(Feedback)
class FeedbackAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        "thumb",
        "reason",
        "short_comment",
        "answered_by",
        "in_conversation",
        "updated_at",
    )
    list_filter = ("is_good", "reason", "message__prediction__version__model", "updated_at")
    list_select_related = ("message__conversation", "message__prediction__version__model")
    search_fields = ("comment", "message__conversation__title")
    date_hierarchy = "updated_at"
    fields = readonly_fields = (
        "thumb",
        "reason",
        "comment",
        "answered_by",
        "in_conversation",
        "updated_at",
    )

    @admin.display(description="thumb", ordering="is_good")
    def thumb(self, feedback: Feedback) -> str:
        return "up" if feedback.is_good else "down"

    @admin.display(description="comment")
    def short_comment(self, feedback: Feedback) -> str:
        return Truncator(" ".join(feedback.comment.split())).chars(80)

    @admin.display(description="model")
    def answered_by(self, feedback: Feedback) -> str:
        prediction = feedback.message.prediction
        return str(prediction.version.model) if prediction else "-"

    @admin.display(description="conversation")
    def in_conversation(self, feedback: Feedback) -> str:
        conversation = feedback.message.conversation
        url = reverse("admin:chatapp_conversation_change", args=[conversation.id])
        return format_html('<a href="{}">{}</a>', url, conversation)
