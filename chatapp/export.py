"""A conversation as a file: Markdown to read, JSON to take elsewhere. Both are written piece by
piece, however long it is.

The JSON document, "format": 1 (times are ISO 8601 in UTC, what is not known is null):

    {"format": 1,
     "conversation": {"id", "title", "model": "owner/name", "created_at", "updated_at",
                      "input": {…}, "head": the id of the last message shown,
                      "pinned_at", "archived_at"},
     "messages": [each message of the whole tree, oldest first:
       {"id", "parent", "role": "user" | "assistant" | "system", "created_at", "text",
        "prefix_length": how many characters of `text` come from the answer that it continues,
        "continues": that answer's id,
        "redacted_at": when something was removed from it,
        "attachments": [{"name", "content_type", "size"}],
        "feedback": {"is_good", "reason", "comment"},
        "prediction": {"id", "model", "version", "status", "error", "reasoning", "metrics",
                       "cost": a decimal number as a string, "cost_currency",
                       "created_at", "started_at", "completed_at"}}]}
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from chatapp.models import Conversation, Feedback, Message
from predictions.models import Prediction

FORMAT = 1
AT_ONCE = 50  # messages


def file_name(conversation: Conversation, ending: str) -> str:
    """A name that is safe on every system: letters, digits, dashes."""
    words = re.sub(r"[\W_]+", "-", conversation.title).strip("-")[:60].strip("-")
    return get_valid_filename(f"{words or 'conversation'}.{ending}")


def markdown(conversation: Conversation) -> Iterator[str]:
    """What the page shows."""
    yield f"# {' '.join(conversation.title.split())}\n\n"
    yield f"{_date(conversation.created_at)}\n"
    for message in _messages(conversation.tree().path(conversation.head_id)):
        yield f"\n## {_speaker(message)}\n\n{_date(message.created_at)}\n\n"
        yield "".join(f"- {_('Attachment')}: {each.name}\n" for each in message.attachments.all())
        if message.redacted_at:
            yield f"\n*{_('Something was removed from this message.')}*\n"
        if body := message.body.strip("\n"):
            yield f"\n{body}\n"
        if note := _note(message):
            yield f"\n*{note}*\n"


def as_json(conversation: Conversation) -> Iterator[str]:
    """The whole tree: see above."""
    opening = json.dumps(
        {"format": FORMAT, "conversation": conversation_facts(conversation), "messages": []},
        ensure_ascii=False,
    )
    yield opening.removesuffix("]}")
    separator = "\n"
    ids = conversation.messages.order_by("created_at", "id").values_list("id", flat=True)
    for message in _messages(list(ids)):
        yield separator + json.dumps(message_facts(message), ensure_ascii=False)
        separator = ",\n"
    yield "\n]}\n"


def _messages(ids: list[UUID]) -> Iterator[Message]:
    """In this order, some at a time."""
    messages = Message.objects.with_words().select_related("feedback")
    messages = messages.prefetch_related("attachments")
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        found = messages.in_bulk(part)
        yield from (found[id] for id in part if id in found)


def _speaker(message: Message) -> str:
    if message.role == Message.Role.USER:
        return _("You")
    if message.prediction:
        return str(message.prediction.version.model)
    return _("Answer") if message.role == Message.Role.ASSISTANT else _("System")


def _note(message: Message) -> str:
    """How an answer ended, where it did not end well."""
    if message.is_running:
        return _("This answer is still being written.")
    if message.status == Prediction.Status.CANCELED:
        return _("Stopped.")
    return message.error if message.can_retry else ""


def _date(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")


def conversation_facts(conversation: Conversation) -> dict:
    return {
        "id": str(conversation.id),
        "title": conversation.title,
        "model": str(conversation.version.model) if conversation.version else None,
        "created_at": time(conversation.created_at),
        "updated_at": time(conversation.updated_at),
        "input": conversation.input,
        "head": name_of(conversation.head_id),
        "pinned_at": time(conversation.pinned_at),
        "archived_at": time(conversation.archived_at),
    }


def message_facts(message: Message) -> dict:
    return {
        "id": str(message.id),
        "parent": name_of(message.parent_id),
        "role": message.role,
        "created_at": time(message.created_at),
        "text": message.body,
        "prefix_length": len(message.prefix),
        "continues": name_of(message.continues_id),
        "redacted_at": time(message.redacted_at),
        "attachments": [
            {"name": each.name, "content_type": each.content_type, "size": each.size}
            for each in message.attachments.all()
        ],
        "feedback": _feedback(getattr(message, "feedback", None)),
        "prediction": _prediction(message.prediction),
    }


def _feedback(feedback: Feedback | None) -> dict | None:
    if feedback is None:
        return None
    return {"is_good": feedback.is_good, "reason": feedback.reason, "comment": feedback.comment}


def _prediction(prediction: Prediction | None) -> dict | None:
    if prediction is None:
        return None
    return {
        "id": prediction.id,
        "model": str(prediction.version.model),
        "version": prediction.version_id,
        "status": prediction.status,
        "error": prediction.error or None,
        "reasoning": prediction.so_far()[1],
        "metrics": prediction.metrics,
        "cost": None if prediction.cost is None else str(prediction.cost),
        "cost_currency": prediction.cost_currency or None,
        "created_at": time(prediction.created_at),
        "started_at": time(prediction.started_at),
        "completed_at": time(prediction.completed_at),
    }


def time(moment: datetime | None) -> str | None:
    return moment and moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def name_of(id: UUID | None) -> str | None:
    return id and str(id)


def in_bytes(pieces: Iterable[str]) -> Iterator[bytes]:
    """Lone surrogates, which no file can hold, become question marks."""
    return (piece.encode(errors="replace") for piece in pieces)
