"""Reading many conversations, a few at a time, and of their messages no more than fits."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from django.db.models import Func, IntegerField, Prefetch, QuerySet

from chatapp.models import (
    Attachment,
    Comment,
    Flag,
    Message,
    Tagging,
    Transcript,
)
from chatapp.models.reviewing import Remark
from chatapp.models.trees import Tree
from predictions.models import Upstream, Version

PAGE = 50  # conversations
AT_ONCE = 100  # messages
MOST = 500_000  # characters of messages that are read at once; a longer one comes alone

# Of a prediction: the history again, and how it was reached.
UNREAD = [
    f"prediction__{name}"
    for name in (
        *("input", "deployment", "error_detail", "waiting_for", "stream_key", "runner", "epoch"),
        *("webhook", "webhook_events_filter", "base_url", "idempotency_key", "request_digest"),
        *("cancel_requested_at", "deadline", "lease_expires_at"),
    )
]


class Length(Func):
    """Of a text, or of a JSON value as it is stored."""

    template = "LENGTH(CAST(%(expressions)s AS text))"
    output_field = IntegerField()


class Fact(NamedTuple):
    """What is known of a message before its words are read."""

    conversation: UUID
    id: UUID
    parent: UUID | None
    role: str
    status: str | None
    is_good: bool | None
    expected: int | None
    redacted_at: datetime | None
    text: int
    prefix: int
    output: int | None
    logs: int | None

    @property
    def size(self) -> int:
        return self.text + self.prefix + (self.output or 0) + (self.logs or 0)


COLUMNS = (
    *("conversation", "id", "parent", "role", "prediction__status", "feedback__is_good"),
    *("expected_answer", "redacted_at", Length("text"), Length("prefix")),
    *(Length("prediction__output"), Length("prediction__logs")),
)


class Held:
    """A conversation and what is known of its messages; their words come when they are asked for,
    once and in this order."""

    def __init__(self, transcript: Transcript, facts: list[Fact], remarks: list[Remark]) -> None:
        self.transcript, self.facts, self.remarks = transcript, facts, remarks
        self.messages: Iterator[Message] = iter(())

    @cached_property
    def tree(self) -> Tree:
        return Tree((fact.id, fact.parent, fact.role) for fact in self.facts)

    @cached_property
    def shown(self) -> list[Fact]:
        """Those that the page shows: from the first to the head."""
        known = {fact.id: fact for fact in self.facts}
        return [known[id] for id in self.tree.path(self.transcript.head_id)]


Wanted = Callable[[Held], list[Fact]]


class Reader:
    """`wanted` says which messages of each conversation are read."""

    def __init__(self, wanted: Wanted = lambda held: held.facts) -> None:
        self._wanted = wanted
        self._versions: dict[str, Version] = {}
        self._upstreams: dict[int, Upstream] = {}

    def read(self, ids: Iterable[UUID]) -> Iterator[Held | None]:
        """In this order; None for one that is not there any more. Whoever reads takes all of one's
        messages before the next."""
        ids = iter(ids)
        while page := list(islice(ids, PAGE)):
            held = self._held(page)
            wanted = {id: self._wanted(each) for id, each in held.items()}
            stream = self._messages([fact for facts in wanted.values() for fact in facts])
            for id in page:
                if id in held:
                    some = islice(stream, len(wanted[id]))
                    held[id].messages = (message for message in some if message)
                yield held.pop(id, None)

    def _held(self, page: list[UUID]) -> dict[UUID, Held]:
        there = Transcript.objects.filter(deleted_at=None).select_related("owner")
        found = there.in_bulk(page)
        facts: dict[UUID, list[Fact]] = {id: [] for id in page if id in found}
        messages = Message.objects.filter(conversation__in=list(facts))
        for fact in messages.order_by("created_at", "id").values_list(*COLUMNS):
            fact = Fact._make(fact)
            facts[fact.conversation].append(fact)
        for transcript in found.values():
            if transcript.version_id:
                transcript.version = self._version(transcript.version_id)
        remarks = remarks_on(list(facts))
        return {id: Held(found[id], facts[id], remarks.get(id, [])) for id in facts}

    def _messages(self, facts: list[Fact]) -> Iterator[Message | None]:
        for part in batches(facts):
            found = self._with_words().in_bulk([fact.id for fact in part])
            for fact in part:
                message = found.pop(fact.id, None)
                if message and message.prediction:
                    self._name(message)
                yield message

    def _with_words(self) -> QuerySet[Message]:
        messages = Message.objects.select_related("prediction", "feedback", "expected_answer")
        files = Prefetch("attachments", Attachment.objects.defer("text"))  # read one by one
        return messages.defer(*UNREAD).prefetch_related(files)

    def _name(self, message: Message) -> None:
        """Its version, model and upstream: few, and the same ones again and again."""
        prediction = message.prediction
        prediction.version = self._version(prediction.version_id)
        if (id := prediction.upstream_id) not in self._upstreams:
            self._upstreams[id] = Upstream.objects.filter(id=id).first()
        prediction.upstream = self._upstreams[id]

    def _version(self, id: str) -> Version:
        if id not in self._versions:
            versions = Version.objects.select_related("model").defer("openapi_schema")
            self._versions[id] = versions.get(id=id)
        return self._versions[id]


def batches(facts: list[Fact]) -> Iterator[list[Fact]]:
    """In this order, so many and so much at once."""
    part: list[Fact] = []
    size = 0
    for fact in facts:
        if part and (len(part) == AT_ONCE or size + fact.size > MOST):
            yield part
            part, size = [], 0
        part.append(fact)
        size += fact.size
    if part:
        yield part


def remarks_on(ids: list[UUID]) -> dict[UUID, list[Remark]]:
    """Flags, tags and comments, oldest first."""
    found: dict[UUID, list[Remark]] = {}
    for kind, related in ((Flag, ("by",)), (Tagging, ("by", "tag")), (Comment, ("by",))):
        for remark in kind.objects.filter(conversation__in=ids).select_related(*related):
            found.setdefault(remark.conversation_id, []).append(remark)
    for remarks in found.values():
        remarks.sort(key=lambda remark: remark.created_at)
    return found
