"""The review desk: past conversations in Django's admin."""

from django.contrib import admin

from . import audit, embeds, feedback, retention, transcripts

admin.site.site_header = admin.site.site_title = "Rivulet"
admin.site.index_title = "What is kept"

__all__ = ["audit", "embeds", "feedback", "retention", "transcripts"]
