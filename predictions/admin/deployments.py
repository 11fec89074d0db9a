"""Deployments."""

from django.contrib import admin

from predictions.models import Deployment


@admin.register(Deployment)
class DeploymentAdmin(admin.ModelAdmin):
    list_display = ("__str__", "version", "release", "created_at", "released_at")
    list_filter = ("owner",)
    list_select_related = ("owner", "version__model")
    search_fields = ("name", "owner__username", "version__model__name")
    autocomplete_fields = ("owner", "version")
    fields = (
        *("owner", "name", "version", "input"),
        *("hardware", "min_instances", "max_instances", "release", "created_at"),
    )
    readonly_fields = ("release", "created_at")

    def get_changeform_initial_data(self, request) -> dict:
        return {"owner": request.user.pk}
