"""Upstreams: configured, tried out and synced. Their keys go in here, and never come out again."""

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from predictions.models import LanguageModel, Prediction, Upstream
from predictions.operators import faults, listing, trial

from .upstream_form import UpstreamForm

TEST_SECONDS = 15  # twice at most: for the list of models, and for the answer
Status = Prediction.Status


def _count(rows: QuerySet, by: str) -> Coalesce:
    """How many of these rows an upstream has."""
    counted = rows.filter(**{by: OuterRef("pk")}).order_by().values(by)
    return Coalesce(Subquery(counted.annotate(n=Count("id", distinct=True)).values("n")), 0)


@admin.register(Upstream)
class UpstreamAdmin(admin.ModelAdmin):
    form = UpstreamForm
    list_display = (
        *("name", "enabled", "kind", "place", "models", "running", "waiting", "key_source"),
    )
    list_filter = ("kind", "enabled")
    search_fields = ("name", "base_url")
    fieldsets = (
        (None, {"fields": ("name", "kind", "base_url", "enabled")}),
        ("Key and headers", {"fields": ("new_key", "forget_key", "key_env", "new_headers")}),
        ("Limits", {"fields": ("max_runs", "requests_a_minute", "fallback")}),
    )
    actions = ["test", "sync"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Upstream]:
        by_status = {
            f"{name}_count": _count(Prediction.objects.filter(status=status), "upstream")
            for name, status in (("running", Status.PROCESSING), ("waiting", Status.STARTING))
        }
        models = _count(LanguageModel.objects.all(), "versions__upstream")
        return super().get_queryset(request).annotate(model_count=models, **by_status)

    def get_fieldsets(self, request: HttpRequest, obj: Upstream | None = None) -> tuple:
        if obj is None or self.has_change_permission(request, obj):
            return self.fieldsets
        seen = ("Key and headers", {"fields": ("key_source", "key_env")})
        return (self.fieldsets[0], seen, self.fieldsets[2])

    def get_readonly_fields(self, request: HttpRequest, obj: Upstream | None = None) -> tuple:
        # The ids of its versions are made of its name.
        return ("name", "key_source") if obj else ("key_source",)

    @method_decorator(sensitive_post_parameters("new_key", "new_headers"))
    def changeform_view(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        response = super().changeform_view(request, *args, **kwargs)
        # Only now: it has saved in a transaction, which nobody must hold while a server thinks.
        if saved := getattr(request, "saved_upstream", None):
            ask = self.test if "_test" in request.POST else self.sync
            ask(request, Upstream.objects.filter(pk=saved.pk))
        return response

    def response_add(self, request, obj: Upstream, post_url_continue=None) -> HttpResponse:
        return self._stay(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request, obj: Upstream) -> HttpResponse:
        return self._stay(request, obj) or super().response_change(request, obj)

    @admin.action(description="Test", permissions=["change"])
    def test(self, request: HttpRequest, queryset: QuerySet[Upstream]) -> None:
        for upstream in queryset:
            tried = trial.try_out(upstream, seconds=TEST_SECONDS)
            level = messages.SUCCESS if tried.is_good else messages.ERROR
            self.message_user(request, tried.sentence, level)

    @admin.action(description="Sync models", permissions=["change"])
    def sync(self, request: HttpRequest, queryset: QuerySet[Upstream]) -> None:
        for upstream in queryset:
            try:
                self.message_user(request, str(listing.sync(upstream)), messages.SUCCESS)
            except faults.Fault as fault:
                self.message_user(request, str(fault), messages.ERROR)

    @admin.display(description="base URL", ordering="base_url")
    def place(self, upstream: Upstream) -> str:
        return faults.address(upstream) or "built in"

    @admin.display(description="key")
    def key_source(self, upstream: Upstream) -> str:
        return faults.key_source(upstream)

    @admin.display(ordering="model_count")
    def models(self, upstream: Upstream) -> int:
        return upstream.model_count

    @admin.display(description="running", ordering="running_count")
    def running(self, upstream: Upstream) -> int:
        return upstream.running_count

    @admin.display(description="waiting", ordering="waiting_count")
    def waiting(self, upstream: Upstream) -> int:
        return upstream.waiting_count

    def _stay(self, request: HttpRequest, upstream: Upstream) -> HttpResponse | None:
        """After "Save and test" or "Save and sync models": the same page again."""
        if not {"_test", "_sync"} & set(request.POST):
            return None
        request.saved_upstream = upstream
        page = "admin:predictions_upstream_change"
        return HttpResponseRedirect(reverse(page, args=[upstream.pk]))
