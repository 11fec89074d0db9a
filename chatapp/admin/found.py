"""What a search over the transcripts found: a page of messages, each with the words around the hit
and the way there.
"""

from functools import cached_property

from django.contrib.auth.models import User
from django.http import HttpRequest

from chatapp import search
from chatapp.desk import audit
from chatapp.models import AuditEntry, Conversation, Transcript
from chatapp.models.owned import called

from .columns import url_of

FEW = 1000  # conversations in which a search begins with them, not with the words


class Found:
    """`hits`, the newest first, titles before them; `newer` and `older` are the pages beside."""

    def __init__(self, request: HttpRequest, changelist) -> None:
        self._changelist = changelist
        self.query, self.number = changelist.query, max(1, changelist.page_num)
        self.hits, has_more = search.find_anywhere(
            self._where(), self.query, self.number, few=self._few
        )
        owners = User.objects.in_bulk({hit.conversation.owner_id for hit in self.hits} - {None})
        for hit in self.hits:
            hit.person = person_of(hit.conversation, owners)
            hit.transcript_url = url_of(hit.conversation, hit.message and hit.message.id)
        self.older = self._page(self.number + 1) if has_more else ""
        self.newer = self._page(self.number - 1) if self.number > 1 else ""
        self._record(request)

    @cached_property
    def _few(self) -> list | None:
        """The ids of the conversations to look in, where filters leave few."""
        if not self._changelist.has_active_filters:
            return None
        ids = self._changelist.summaries.order_by().values_list("pk", flat=True)
        ids = list(ids[: FEW + 1])
        return ids if len(ids) <= FEW else None

    def _where(self):
        there = Transcript.objects.there().order_by()
        if self._few is not None:
            return there.filter(pk__in=self._few)
        if self._changelist.has_active_filters:
            return there.filter(pk__in=self._changelist.summaries.order_by().values("pk"))
        return there

    def _page(self, number: int) -> str:
        return self._changelist.get_query_string({"p": number})

    def _record(self, request: HttpRequest) -> None:
        audit.record(
            request.user,
            AuditEntry.Verb.SEARCHED,
            count=len({hit.conversation.id for hit in self.hits}),
            query=self.query[:200],
            page=self.number,
        )


def person_of(conversation: Conversation, owners: dict[int, User]) -> str:
    """As a transcript has it, without a query for each."""
    if conversation.owner_id:
        return str(owners[conversation.owner_id])
    return called(conversation.visitor)
