"""Embed sites: which pages may show the chat, who answers there, how it looks; paused in one click.

`paused` and the secret are on no form: whoever saves a page that was open for an hour must not undo
what somebody did in need.
"""

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, Max, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import date as formatted
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_http_methods, require_POST

from chatapp.desk import audit
from chatapp.models import AuditEntry, EmbedSite, EmbedVisit, Spent, Summary

from . import embed_page
from .embed_form import EmbedSiteForm
from .pages import CHANGE_EMBED, context, desk_page, tabs

HERE = "chatapp_embedsite_changelist"
FEW = 2  # origins that the list shows
IS_PAUSED = mark_safe('<strong class="embed-paused">paused</strong>')
SHOWN_ONCE = "Copy the identity secret of “{}” now, it is not shown again: {}"


class SiteList(ChangeList):
    """Each site with `sent_today` and `active_at`: two queries for all."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        sites = self.result_list = list(self.result_list)
        names = [site.name for site in sites]
        midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        sent = Spent.objects.filter(site__in=names, sent_at__gte=midnight)
        counts = dict(sent.order_by().values_list("site").annotate(Count("pk")))
        held = Summary.objects.filter(site__in=names).order_by()
        newest = dict(held.values_list("site").annotate(Max("last_activity")))
        for site in sites:
            site.sent_today, site.active_at = counts.get(site.name, 0), newest.get(site.name)


@admin.register(EmbedSite)
class EmbedSiteAdmin(admin.ModelAdmin):
    form = EmbedSiteForm
    view_on_site = False  # its page has a link of its own
    list_display = ("name", "shown_on", "answers", "state", "messages_today", "last_activity")
    list_filter = ("paused",)
    list_select_related = ("model",)
    search_fields = ("name", "origins", "key")
    search_help_text = "A part of its name, of an origin, or its key."
    actions = ("pause", "go_on")
    radio_fields = {"position": admin.HORIZONTAL, "scheme": admin.HORIZONTAL}
    readonly_fields = ("key", "secret_renewed_at", "created_at")
    fieldsets = (
        ("Where", {"fields": ("name", "origins")}),
        ("Who answers", {"fields": ("model", "version", "system_prompt")}),
        (
            "What it says",
            {"fields": ("title", "greeting", "suggestions", "placeholder", "launcher")},
        ),
        ("How it looks", {"fields": ("accent", "radius", "position", "scheme")}),
        (
            "Limits",
            {
                "fields": (
                    *("visitor_limit", "address_limit", "daily_limit"),
                    ("budget", "budget_currency"),
                )
            },
        ),
    )
    rest = ("The rest", {"fields": ("key", "secret_renewed_at", "created_at")})

    def get_fieldsets(self, request, obj: EmbedSite | None = None) -> tuple:
        return (*self.fieldsets, self.rest) if obj else self.fieldsets

    def get_readonly_fields(self, request, obj: EmbedSite | None = None) -> tuple:
        # Transcripts, usage and retention rules hold its name.
        return ("name", *self.readonly_fields) if obj else self.readonly_fields

    def get_urls(self) -> list:
        return [*urls, *super().get_urls()]

    def get_changelist(self, request, **kwargs) -> type[ChangeList]:
        return SiteList

    def changelist_view(self, request, extra_context=None) -> HttpResponse:
        more = {"tabs": tabs(request, HERE), "title": "Embed sites"}
        return super().changelist_view(request, more | (extra_context or {}))

    @method_decorator(csp_update({"frame-src": [SELF]}))  # the preview
    def change_view(self, request, object_id, form_url="", extra_context=None) -> HttpResponse:
        return super().change_view(request, object_id, form_url, extra_context)

    def render_change_form(self, request, context, *args, obj=None, **kwargs) -> HttpResponse:
        context |= {"show_save_and_continue": False, "show_save_and_add_another": False}
        if obj:
            # As it is saved, not as the form was filled in.
            context |= embed_page.told(request, EmbedSite.objects.get(pk=obj.pk))
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def save_model(self, request, obj: EmbedSite, form, change: bool) -> None:
        if not change:
            obj.save()
            note(request, obj, what="made")
            messages.warning(request, SHOWN_ONCE.format(obj, obj.secrets[0]))
        elif form.changed_data:
            obj.save(update_fields=form.changed_data)
            note(request, obj, fields=", ".join(form.changed_data))

    def response_post_save_add(self, request, obj: EmbedSite) -> HttpResponse:
        """Its page: there is what one does next."""
        return self._stay(request, obj) or super().response_post_save_add(request, obj)

    def response_post_save_change(self, request, obj: EmbedSite) -> HttpResponse:
        return self._stay(request, obj) or super().response_post_save_change(request, obj)

    def _stay(self, request, obj: EmbedSite) -> HttpResponse | None:
        may_see = self.has_view_or_change_permission(request, obj)
        return HttpResponseRedirect(url_of(obj)) if may_see else None

    def get_deleted_objects(self, objs, request) -> tuple:
        """Counted, not listed: a site may have thousands of visits."""
        objs = list(objs)
        visits = EmbedVisit.objects.filter(site__in=objs).count()
        return [str(each) for each in objs], {"embed sites": len(objs), "visits": visits}, set(), []

    def delete_model(self, request, obj: EmbedSite) -> None:
        audit.record(request.user, AuditEntry.Verb.DELETED, subject=_subject(obj))
        super().delete_model(request, obj)

    def delete_queryset(self, request, queryset) -> None:
        for site in queryset:
            self.delete_model(request, site)

    @admin.action(description="Pause", permissions=["change"])
    def pause(self, request, queryset: QuerySet[EmbedSite]) -> None:
        turn(request, queryset, paused=True)

    @admin.action(description="Go on", permissions=["change"])
    def go_on(self, request, queryset: QuerySet[EmbedSite]) -> None:
        turn(request, queryset, paused=False)

    @admin.display(description="allowed origins")
    def shown_on(self, site: EmbedSite) -> str:
        if not site.allowed:
            return "none"
        more = len(site.allowed) - FEW
        shown = ", ".join(origin.removeprefix("https://") for origin in site.allowed[:FEW])
        return f"{shown} and {more} more" if more > 0 else shown

    @admin.display(description="model", ordering="model")
    def answers(self, site: EmbedSite) -> str:
        return str(site.model) if site.model else "as the chat page"

    @admin.display(description="state", ordering="paused")
    def state(self, site: EmbedSite) -> SafeString | str:
        return IS_PAUSED if site.paused else "on"

    @admin.display(description="messages today")
    def messages_today(self, site: EmbedSite) -> SafeString:
        return format_html('<span class="embed-number">{}</span>', f"{site.sent_today:,}")

    @admin.display(description="last activity")
    def last_activity(self, site: EmbedSite) -> str | None:
        return site.active_at and formatted(timezone.localtime(site.active_at), "j M Y, H:i")


@desk_page(CHANGE_EMBED)
@require_POST
def desk_embed_pause(request: HttpRequest, site_id: int) -> HttpResponse:
    """Or, with `go_on`, let it go on: what was asked for, however often it is asked."""
    site = get_object_or_404(EmbedSite, pk=site_id)
    turn(request, EmbedSite.objects.filter(pk=site.pk), paused="go_on" not in request.POST)
    return redirect(url_of(site))


@desk_page(CHANGE_EMBED)
@require_http_methods(["GET", "HEAD", "POST"])
def desk_embed_secret(request: HttpRequest, site_id: int) -> HttpResponse:
    """A new secret, once that was confirmed."""
    site = get_object_or_404(EmbedSite, pk=site_id)
    if request.method != "POST":
        is_new = timezone.now() < site.secret_renewed_at + site.OVERLAP
        more = {
            "has_secret": embed_page.has_secret(site),
            "has_old_secret": is_new and bool(site.encrypted_old_secret),
        }
        page = context(request, "New secret", HERE, site=site, **more)
        return render(request, "admin/chatapp/embedsite/secret.html", page)
    secret = site.renew_secret()
    note(request, site, what="new secret")
    messages.warning(request, SHOWN_ONCE.format(site, secret))
    return redirect(url_of(site))


def turn(request: HttpRequest, sites: QuerySet[EmbedSite], *, paused: bool) -> None:
    """Pause these or let them go on, and say so."""
    word = "is paused: no message is taken" if paused else "goes on"
    for site in sites:
        if EmbedSite.objects.filter(pk=site.pk, paused=not paused).update(paused=paused):
            note(request, site, what="paused" if paused else "goes on")
        messages.success(request, f"“{site}” {word}.")


def note(request: HttpRequest, site: EmbedSite, **details: str) -> None:
    """In the audit log: what was done, never a text or a secret."""
    audit.record(request.user, AuditEntry.Verb.CHANGED, subject=_subject(site), **details)


def url_of(site: EmbedSite) -> str:
    return reverse("admin:chatapp_embedsite_change", args=[site.pk])


def _subject(site: EmbedSite) -> str:
    return f"embed site {site}"


urls = [
    path("<int:site_id>/pause/", desk_embed_pause, name="desk_embed_pause"),
    path("<int:site_id>/secret/", desk_embed_secret, name="desk_embed_secret"),
]
