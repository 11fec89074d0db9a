"""The files that clients uploaded: what they are, not what is in them."""

import json

from django.conf import settings
from django.contrib import admin

from predictions.models import File

from .predictions import HIDDEN
from .read_only import ReadOnly


@admin.register(File)
class FileAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("title", "owner", "content_type", "size", "created_at", "expires_at")
    list_filter = ("created_at",)
    list_select_related = ("owner",)
    search_fields = ("id", "name", "sha256", "owner__username")
    fields = readonly_fields = (
        *("id", "title", "owner", "content_type", "size", "sha256", "md5", "told"),
        *("created_at", "expires_at"),
    )

    def get_search_fields(self, request) -> tuple:
        return ("id", "owner__username") if settings.HIDE_CONTENTS else self.search_fields

    @admin.display(description="name")
    def title(self, file: File) -> str:
        return file.id if settings.HIDE_CONTENTS else file.name

    @admin.display(description="metadata")
    def told(self, file: File) -> str:
        return HIDDEN if settings.HIDE_CONTENTS else json.dumps(file.metadata, ensure_ascii=False)
