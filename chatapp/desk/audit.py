"""Writing down who read, exported, erased what."""

from uuid import UUID

from chatapp.models import AuditEntry, Conversation


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
