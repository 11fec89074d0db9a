"""The audit log: read here, and changed by nobody."""

import re
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q
from django.template.defaultfilters import date as formatted
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join

from chatapp.models import AuditEntry, Transcript

from .pages import tabs

HERE = "chatapp_auditentry_changelist"
MOST_COUNTED = 10_000
UUID_LIKE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class CappedPaginator(Paginator):
    """Counts no further than this: who looks for more filters."""

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by().values("pk")[:MOST_COUNTED].count()


class Who(admin.SimpleListFilter):
    """The staff: to look for the names in the log itself would be to read all of it."""

    title = parameter_name = "who"

    def lookups(self, request, model_admin):
        staff = get_user_model().objects.filter(is_staff=True).order_by("username")
        return [("server", "the server"), *((each.pk, str(each)) for each in staff[:100])]

    def queryset(self, request, queryset):
        if self.value() == "server":
            return queryset.filter(who=None, who_name="")
        number = (self.value() or "")[:18]
        return queryset.filter(who=int(number)) if number.isdecimal() else queryset


class When(admin.SimpleListFilter):
    title, parameter_name = "date", "days"

    def lookups(self, request, model_admin):
        return [(1, "Last 24 hours"), (7, "Last 7 days"), (30, "Last 30 days"), (365, "Last year")]

    def queryset(self, request, queryset):
        number = (self.value() or "")[:5]
        if not number.isdecimal():
            return queryset
        return queryset.filter(at__gte=timezone.now() - timedelta(days=int(number)))


@admin.register(AuditEntry)
class AuditEntryAdmin(admin.ModelAdmin):
    list_display = ("moment", "person", "verb", "about", "count", "in_short")
    list_filter = (Who, "verb", When)
    list_display_links = ("moment",)
    list_select_related = ("who",)
    list_per_page = 50
    search_fields = ("conversation", "who__username")  # see get_search_results
    search_help_text = "The id of a conversation, or the beginning of a username."
    ordering = ("-at", "-id")
    sortable_by = ()
    fields = readonly_fields = (
        "moment",
        "person",
        "verb",
        "about",
        "conversation",
        "count",
        "told",
    )
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator
    actions = None
    change_list_template = "admin/desk/audit_list.html"

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def changelist_view(self, request, extra_context=None):
        more = {"tabs": tabs(request, HERE), "title": "Audit log"}
        return super().changelist_view(request, more | (extra_context or {}))

    def get_queryset(self, request):
        there = Transcript.objects.filter(id=OuterRef("conversation"), deleted_at=None)
        return super().get_queryset(request).annotate(is_there=Exists(there))

    def get_search_results(self, request, queryset, search_term):
        """By what has an index: no text is searched through."""
        term = search_term.strip()
        if not term:
            return queryset, False
        try:
            return queryset.filter(conversation=UUID(term)), False
        except ValueError:
            named = get_user_model().objects.filter(username__istartswith=term)
            ids = list(named.values_list("pk", flat=True)[:100])
            return queryset.filter(Q(who__in=ids) | Q(who=None, who_name=term)), False

    @admin.display(description="at")
    def moment(self, entry: AuditEntry) -> str:
        return formatted(timezone.localtime(entry.at), "j M Y, H:i:s")

    @admin.display(description="who")
    def person(self, entry: AuditEntry) -> str:
        return entry.who_name or "the server"

    @admin.display(description="what")
    def about(self, entry: AuditEntry) -> str:
        """Its title, and the way to its transcript where that is still there."""
        if entry.conversation is None:
            return entry.subject or "-"
        is_shown = entry.subject and not settings.CHAT_HIDE_CONTENTS  # it is a title
        name = entry.subject if is_shown else _short(entry.conversation)
        if not entry.is_there:
            return format_html('<span dir="auto">{}</span>', name)
        url = reverse("admin:chatapp_transcript_change", args=[entry.conversation])
        return format_html('<a href="{}" dir="auto">{}</a>', url, name)

    @admin.display(description="details")
    def in_short(self, entry: AuditEntry) -> str:
        pairs = [f"{name}: {_short(value)}" for name, value in entry.details.items()]
        text = ", ".join(pairs)
        return text if len(text) <= 100 else f"{text[:99]}…"

    @admin.display(description="details")
    def told(self, entry: AuditEntry) -> str:
        pairs = format_html_join("", "<dt>{}</dt><dd>{}</dd>", entry.details.items())
        return format_html('<dl class="desk-audit__details">{}</dl>', pairs) if pairs else "-"


def _short(value: object) -> str:
    """An id by its beginning: the whole of it is on the entry's own page."""
    text = str(value)
    return f"{text[:8]}…" if UUID_LIKE.fullmatch(text) else text
