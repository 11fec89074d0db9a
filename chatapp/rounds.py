"""Going through all conversations for what was missed, some at a time, while others wait to write.

The first round is of all of them. Later ones are of those that changed of late: what did not change
since cannot have been missed since.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from chatapp.models import Conversation

SIZE = 500


class Rounds:
    def __init__(self) -> None:
        self._after: tuple[datetime, UUID] | None = None
        self._since: datetime | None = None

    def some(self) -> list[UUID]:
        """The next ones by their last change: SIZE of them, or fewer at the end of a round."""
        there = Conversation.objects.filter(deleted_at=None)
        if self._after:
            at, id = self._after
            there = there.filter(Q(updated_at__gt=at) | Q(updated_at=at, id__gt=id))
            there = there.filter(updated_at__gte=at)  # where an index can begin
        elif self._since:
            there = there.filter(updated_at__gte=self._since)
        rows = list(there.order_by("updated_at", "id").values_list("updated_at", "id")[:SIZE])
        self._after = rows[-1] if len(rows) == SIZE else None
        if self._after is None:
            self._since = timezone.now() - _lately()
        return [id for _, id in rows]


def _lately() -> timedelta:
    """How long ago the last change may be of a conversation with something new to find: an answer
    that runs that long, a temporary one that is kept at last."""
    longest = max(settings.RUN_TIMEOUT, settings.CHAT_TEMPORARY_HOURS * 3600)
    return timedelta(seconds=longest, hours=1)
