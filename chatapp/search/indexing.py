"""What goes into the index and when: a text when it is sent, an answer when it has ended, and what
was missed before the next search. What is deleted leaves it with its message, in the database.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from chatapp import rounds
from chatapp.models import Message, SearchEntry
from predictions.models import Prediction

from . import postgres, sqlite
from .words import words

PART = 12_000  # words: PostgreSQL knows no place past 16,383
PART_BYTES = 900_000  # and takes no more than 2**20, places included
BATCH = 200  # at most before a search
STEP = 20

_found: deque[UUID] = deque()
_rounds = rounds.Rounds()


def store():
    """How this database keeps words."""
    return postgres if connection.vendor == "postgresql" else sqlite


def index(messages: Iterable[Message]) -> int:
    """Put these in; how many there were."""
    count = 0
    for message in messages:
        count += 1
        _index_one(message)
    return count


def missed() -> QuerySet:
    """Messages that belong in the index and are not there yet, the oldest first."""
    entries = SearchEntry.objects.filter(message=OuterRef("pk"))
    is_running = Q(prediction__status__in=Prediction.RUNNING)
    messages = Message.objects.filter(~Exists(entries), conversation__is_temporary=False)
    return messages.exclude(is_running).with_words().order_by("created_at")


def catch_up() -> int:
    """Index some of what was missed, as one short step of many: how much that was, 0 at the end."""
    looked_at: list[UUID] = []
    if not _found:
        looked_at = _rounds.some()
        late = missed().filter(conversation__in=looked_at)
        _found.extend(late.values_list("id", flat=True))
    part = [_found.popleft() for _ in range(min(STEP, len(_found)))]
    index(Message.objects.with_words().filter(id__in=part).order_by("created_at"))
    return len(part) or (len(looked_at) if len(looked_at) == rounds.SIZE else 0)


def _index_one(message: Message) -> None:
    found = words(message.body)
    try:
        with transaction.atomic():
            # Of two that index it at once, the second waits here and finds it done.
            if not Message.objects.select_for_update().filter(id=message.id).exists():
                return
            if SearchEntry.objects.filter(message=message).exists():
                return
            for part in _parts(found):
                store().put(SearchEntry.objects.create(message=message).id, part)
    except IntegrityError:
        return  # deleted meanwhile


def _parts(words: list[str]) -> Iterator[list[str]]:
    """In parts that a database takes; at least one, though it may be empty."""
    start = size = 0
    for end, word in enumerate(words):
        size += len(word.encode())
        if end - start == PART or size > PART_BYTES:
            yield words[start:end]
            start, size = end, len(word.encode())
    yield words[start:]
