"""Finding: whose words, which of them, and what is shown of each."""

from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.safestring import SafeString

from chatapp.models import Conversation, Message

from . import indexing, snippets
from .words import Phrase, holds, parse

PAGE = 30
MOST_TITLES = 10


@dataclass
class Hit:
    """A conversation by its title (then without `message`), or a message in it."""

    conversation: Conversation
    phrases: list[Phrase]
    message: Message | None = None

    @property
    def url(self) -> str:
        url = reverse("conversation", args=[self.conversation.id])
        return f"{url}?message={self.message.id}" if self.message else url

    @property
    def title(self) -> SafeString:
        return snippets.marked(str(self.conversation), self.phrases)

    @cached_property
    def snippet(self) -> SafeString | str:
        return snippets.snippet(self.message.body, self.phrases) if self.message else ""


def find(conversations: QuerySet, query: str, page: int = 1) -> tuple[list[Hit], bool]:
    """The hits in these conversations, titles first, then what was said, the newest first; and
    whether there is another page."""
    phrases = parse(query)
    if not phrases or conversations.query.is_empty():
        return [], False
    conversations = conversations.filter(is_temporary=False)
    indexing.index(indexing.missed().filter(conversation__in=conversations)[: indexing.BATCH])
    messages = _messages(conversations, phrases, page)
    hits = _titles(conversations, phrases) if page == 1 else []
    hits += [Hit(message.conversation, phrases, message) for message in messages[:PAGE]]
    return hits, len(messages) > PAGE


def _titles(conversations: QuerySet, phrases: list[Phrase]) -> list[Hit]:
    """Titles are few and short: they are read, not indexed."""
    titles = conversations.order_by("-updated_at").values_list("id", "title")
    ids = [id for id, title in titles.iterator() if holds(phrases, title)][:MOST_TITLES]
    found = conversations.in_bulk(ids)
    return [Hit(found[id], phrases) for id in ids if id in found]


def _messages(conversations: QuerySet, phrases: list[Phrase], page: int) -> list[Message]:
    """A page of them and one more."""
    ids = _newest(conversations, phrases, (page - 1) * PAGE)
    messages = Message.objects.with_words().select_related("conversation").in_bulk(ids)
    found = [messages[id] for id in ids if id in messages]
    return sorted(found, key=lambda message: message.created_at, reverse=True)


def _newest(conversations: QuerySet, phrases: list[Phrase], start: int) -> list[UUID]:
    """In the order in which they were indexed, which is nearly that of time."""
    store = indexing.store()
    whose, values = conversations.order_by().values("id").query.sql_with_params()
    statement = store.NEWEST.format(conversations=whose)
    with connection.cursor() as cursor:
        cursor.execute(statement, [store.query(phrases), *values, PAGE + 1, start])
        ids = [row[0] for row in cursor.fetchall()]
    return list(dict.fromkeys(id if isinstance(id, UUID) else UUID(id) for id in ids))
