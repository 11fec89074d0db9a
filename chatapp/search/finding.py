"""Finding: whose words, which of them, and what is shown of each."""

from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils.safestring import SafeString

from chatapp.models import Conversation, Message, SearchEntry

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
    return _page(conversations, phrases, page, _newest(conversations, phrases, _start(page)))


def find_anywhere(
    conversations: QuerySet, query: str, page: int = 1, *, few: list[UUID] | None = None
) -> tuple[list[Hit], bool]:
    """The same among very many conversations: what the index missed is not looked for, and a title
    is found by words as they are written in it. `few`: their ids, where one knows that these are
    not many: then their messages are taken first, and of them those that have the words."""
    phrases = parse(query)
    if not phrases or few == []:
        return [], False
    if few:
        ids = _newest_of(few, phrases, _start(page))
    else:
        ids = _newest(conversations, phrases, _start(page), is_long=True)
    titled = conversations.filter(is_temporary=False)
    for word in {word for phrase in phrases for word in phrase.words}:
        titled = titled.filter(title__icontains=word)
    return _page(titled, phrases, page, ids)


def narrowed(conversations: QuerySet, query: str) -> QuerySet:
    """Those of them in which a message has the words."""
    phrases = parse(query)
    if not phrases:
        return conversations.none()
    store = indexing.store()
    return conversations.filter(id__in=RawSQL(store.WHERE, [store.query(phrases)]))


def _start(page: int) -> int:
    return (page - 1) * PAGE


def _page(
    conversations: QuerySet, phrases: list[Phrase], page: int, ids: list[UUID]
) -> tuple[list[Hit], bool]:
    messages = _messages(ids)
    hits = _titles(conversations, phrases) if page == 1 else []
    hits += [Hit(message.conversation, phrases, message) for message in messages[:PAGE]]
    return hits, len(messages) > PAGE


def _titles(conversations: QuerySet, phrases: list[Phrase]) -> list[Hit]:
    """Titles are few and short: they are read, not indexed."""
    titles = conversations.order_by("-updated_at").values_list("id", "title").iterator()
    ids = list(islice((id for id, title in titles if holds(phrases, title)), MOST_TITLES))
    found = conversations.in_bulk(ids)
    return [Hit(found[id], phrases) for id in ids if id in found]


def _messages(ids: list[UUID]) -> list[Message]:
    messages = Message.objects.with_words().select_related("conversation").in_bulk(ids)
    found = [messages[id] for id in ids if id in messages]
    return sorted(found, key=lambda message: message.created_at, reverse=True)


def _newest(
    conversations: QuerySet, phrases: list[Phrase], start: int, *, is_long: bool = False
) -> list[UUID]:
    """A page of them and one more, in the order in which they were indexed, which is nearly that
    of time. `is_long`: there are too many conversations to list them first."""
    store = indexing.store()
    conversations = conversations.order_by()
    if is_long:
        conversations = conversations.filter(id=RawSQL("message.conversation_id", ()))
    whose, values = conversations.values("id").query.sql_with_params()
    where = f"EXISTS ({whose})" if is_long else f"message.conversation_id IN ({whose})"
    query = store.query(phrases)
    statement = store.newest(query) if is_long else store.NEWEST
    return _ids(statement.format(where=where), [query, *values, PAGE + 1, start])


def _newest_of(conversations: list[UUID], phrases: list[Phrase], start: int) -> list[UUID]:
    """The same in a few conversations, by their ids."""
    store = indexing.store()
    messages = Message.objects.filter(conversation__in=conversations).order_by()
    entries = SearchEntry.objects.filter(message__in=messages)
    whose, values = entries.values("id").query.sql_with_params()
    values = [store.query(phrases), *values, PAGE + 1, start]
    return _ids(store.NEWEST_OF.format(entries=whose), values)


def _ids(statement: str, values: list) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        ids = [row[0] for row in cursor.fetchall()]
    return list(dict.fromkeys(id if isinstance(id, UUID) else UUID(id) for id in ids))
