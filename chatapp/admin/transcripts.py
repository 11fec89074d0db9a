"""Transcripts: the list, the page of one, and whatever else stands at the desk."""

from django.contrib import admin

from chatapp.models import Transcript

from . import exporting, inbox, listing, live, people, reading, redaction, replay, usage

PARTS = (inbox, live, replay, exporting, usage, people, reading, redaction)


@admin.register(Transcript)
class TranscriptAdmin(listing.Listing, reading.Reading, exporting.Exporting, admin.ModelAdmin):
    view_on_site = False  # somebody else's conversation does not exist on the site

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def get_queryset(self, request):
        return Transcript.objects.there()

    def get_urls(self):
        return [url for part in PARTS for url in part.urls] + super().get_urls()
