"""What the chat does not keep for ever, and what it looks after: steps for the engine's broom.

Each step does a batch of one kind and says how much that was; 0 is the end.
"""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from chatapp import limits, search, titles
from chatapp.desk import erasing, pruning, summaries, usage
from chatapp.models import Attachment, Conversation, EmbedVisit, Export, UsedIdentity
from chatapp.models.shelf import UNDO_TIME
from predictions import retention


def begin() -> None:
    """Have all steps done with the engine's own."""
    for step in (
        erasing.step,
        pruning.step,
        remove_deleted,
        remove_temporary,
        Attachment.remove_unsent,
        limits.forget,
        titles.step,
        search.catch_up,
        summaries.catch_up,
        usage.catch_up,
        usage.forget,
        Export.forget,
        EmbedVisit.objects.forget,
        UsedIdentity.forget,
    ):
        retention.also(step)


def remove_deleted() -> int:
    """Deleted conversations that cannot be had back any more, with all that was said in them."""
    over = timezone.now() - UNDO_TIME
    return Conversation.objects.filter(deleted_at__lt=over).remove_some()


def remove_temporary() -> int:
    """Temporary conversations, CHAT_TEMPORARY_HOURS after their last message."""
    end = timezone.now() - timedelta(hours=settings.CHAT_TEMPORARY_HOURS)
    return Conversation.objects.filter(is_temporary=True, updated_at__lt=end).remove_some()
