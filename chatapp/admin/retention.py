"""How long conversations are kept. Whatever lets more of them go says first what that would be."""

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from chatapp.desk import audit, pruning
from chatapp.models import AuditEntry, RetentionRule

from .pages import tabs

HERE = "chatapp_retentionrule_changelist"


@admin.register(RetentionRule)
class RetentionRuleAdmin(admin.ModelAdmin):
    list_display = ("where", "days")
    change_list_template = "admin/desk/retention_list.html"
    delete_confirmation_template = "admin/desk/retention_delete.html"

    @admin.display(description="site", ordering="site")
    def where(self, rule: RetentionRule) -> str:
        return rule.site or "the chat page, and sites without a rule"

    def changelist_view(self, request, extra_context=None):
        more = {
            "tabs": tabs(request, HERE),
            "title": "Retention",
            "forecasts": pruning.forecast(pruning.rules()),
        }
        return super().changelist_view(request, more | (extra_context or {}))

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if request.method == "POST" and (page := self._dry_run(request, object_id)):
            return page
        return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(self, request, object_id, extra_context=None):
        rest = [rule for rule in pruning.rules() if str(rule.pk) != object_id]
        more = {"forecasts": _further(rest)}
        return super().delete_view(request, object_id, more | (extra_context or {}))

    def get_actions(self, request) -> dict:
        """No deletion of several at once: its page would not say what that lets go."""
        return {}

    def save_model(self, request, obj: RetentionRule, form, change: bool) -> None:
        before = form.initial if change else {}
        super().save_model(request, obj, form, change)
        _record(request, obj, before=before.get("days"), days=obj.days)

    def delete_model(self, request, obj: RetentionRule) -> None:
        _record(request, obj, before=obj.days, days=None)
        super().delete_model(request, obj)

    def _dry_run(self, request: HttpRequest, object_id: str | None) -> HttpResponse | None:
        """The page that asks to confirm; None where there is nothing to ask, or it was answered."""
        obj = self.get_object(request, object_id) if object_id else None
        is_allowed = (
            self.has_change_permission(request, obj)
            if obj
            else self.has_add_permission(request) and not object_id
        )
        if not is_allowed:
            return None
        form = self.get_form(request, obj, change=bool(obj))(request.POST, instance=obj)
        if not form.is_valid() or request.POST.get("confirmed") == _asked(form):
            return None
        rest = [rule for rule in pruning.rules() if not obj or rule.pk != obj.pk]
        forecasts = _further([*rest, RetentionRule(**form.cleaned_data)])
        if not forecasts:
            return None
        page = {
            **self.admin_site.each_context(request),
            "title": "Confirm the retention rule",
            "tabs": tabs(request, HERE),
            "opts": self.opts,
            "rule": RetentionRule(**form.cleaned_data),
            "forecasts": forecasts,
            "posted": [each for each in request.POST.items() if each[0] not in HIDDEN],
            "confirmed": _asked(form),
        }
        return render(request, "admin/desk/retention_confirm.html", page)


HIDDEN = {"csrfmiddlewaretoken", "confirmed"}


def _further(kept: list[RetentionRule]) -> list[pruning.Forecast]:
    """What would go by these rules, of the sites from which more would go than now."""
    now = {each.site: each.conversations for each in pruning.forecast(pruning.rules())}
    found = pruning.forecast(kept)
    return [each for each in found if each.conversations > now.get(each.site, 0)]


def _asked(form: ModelForm) -> str:
    """What is confirmed: this rule, and no other."""
    return f"{form.cleaned_data['days']} {form.cleaned_data['site']}"


def _record(request: HttpRequest, rule: RetentionRule, **days: int | None) -> None:
    subject = f"retention, {rule.site or 'default'}"
    audit.record(request.user, AuditEntry.Verb.CHANGED, subject=subject, **days)
