"""Writing down who read, exported, erased what."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Max

from chatapp.models import AuditEntry, Conversation, Transcript


class Reader(NamedTuple):
    name: str
    at: datetime  # the last time


def record(
    who,
    verb: AuditEntry.Verb,
    conversation: Conversation | UUID | None = None,
    *,
    subject: str = "",
    count: int | None = None,
    **details: object,
) -> AuditEntry:
    """`who` is an account, or None for the server itself; `subject` says what it was done to, of a
    conversation its title; `count` is of conversations; `details` is what else a reader of the log
    needs (filters, formats, counts), never words that were said."""
    if isinstance(conversation, Conversation):
        subject, conversation = subject or str(conversation), conversation.id
    return AuditEntry.objects.create(
        who=who,
        who_name=who.get_username() if who else "",
        verb=verb,
        conversation=conversation,
        subject=subject[:200],
        count=count,
        details=details,
    )


def readers_of(conversation: Conversation | UUID, most: int = 5) -> list[Reader]:
    """Who has read it, the last first, each once."""
    id = getattr(conversation, "id", conversation)
    reads = AuditEntry.objects.filter(conversation=id, verb=AuditEntry.Verb.READ).order_by()
    return [
        Reader(name, at)
        for name, at in reads.values_list("who_name").annotate(at=Max("at")).order_by("-at")[:most]
    ]


def forget_title(id: UUID) -> None:
    """What a conversation was called is gone from the logs, once it is gone or was redacted."""
    AuditEntry.objects.filter(conversation=id).exclude(subject="").update(subject="")
    kinds = ContentType.objects.get_for_models(
        Conversation, Transcript, for_concrete_models=False
    ).values()
    LogEntry.objects.filter(content_type__in=kinds, object_id=str(id)).update(object_repr=str(id))
