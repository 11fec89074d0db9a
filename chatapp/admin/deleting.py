"""Deleting transcripts: the stock pages, which tell how much goes, and a row in the audit log."""

from collections.abc import Iterable

from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from chatapp.desk import audit
from chatapp.models import Attachment, AuditEntry, Feedback, Message, Transcript
from predictions.models import Prediction


class Deleting:
    """Mixed into the transcripts' admin: what it leaves, and what it asks for."""

    def get_deleted_objects(self, objs: Iterable[Transcript], request):
        """Counted, not listed: a conversation may have thousands of messages. Whoever may delete a
        transcript may delete what is in it."""
        objs = list(objs)
        here = Q(message__conversation__in=objs)
        kinds = {
            "messages": Message.objects.filter(conversation__in=objs),
            "predictions": Prediction.objects.filter(here),
            "attached files": Attachment.objects.filter(here),
            "verdicts of visitors": Feedback.objects.filter(here),
        }
        counts = {"transcripts": len(objs)} | {name: rows.count() for name, rows in kinds.items()}
        return [self.title_of(each) for each in objs], counts, set(), []

    def delete_model(self, request, obj: Transcript) -> None:
        """What is being answered is stopped, and the owner's open pages are told."""
        id, count = obj.id, obj.messages.count()
        with transaction.atomic():
            obj.throw_away()
            obj.delete()
            audit.record(
                request.user,
                AuditEntry.Verb.DELETED,
                id,
                subject=f"conversation {id}",
                count=1,
                messages=count,
            )

    def delete_queryset(self, request, queryset) -> None:
        for transcript in queryset:
            self.delete_model(request, transcript)

    def response_delete(self, request, obj_display: str, obj_id) -> HttpResponse:
        """Back to the list, as it was."""
        super().response_delete(request, obj_display, obj_id)
        filters = {"preserved_filters": self.get_preserved_filters(request), "opts": self.opts}
        url = reverse("admin:chatapp_transcript_changelist")
        return HttpResponseRedirect(add_preserved_filters(filters, url))

    def log_deletions(self, request, queryset) -> list:
        """In the audit log, without the title, which is somebody's first words."""
        return []
