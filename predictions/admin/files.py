"""The files that clients uploaded: what they are, not what is in them."""

from django.contrib import admin

from predictions.models import File

from .read_only import ReadOnly


@admin.register(File)
class FileAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("name", "owner", "content_type", "size", "created_at", "expires_at")
    list_filter = ("created_at",)
    list_select_related = ("owner",)
    search_fields = ("id", "name", "sha256", "owner__username")
    fields = readonly_fields = (
        *("id", "name", "owner", "content_type", "size", "sha256", "md5", "metadata"),
        *("created_at", "expires_at"),
    )
