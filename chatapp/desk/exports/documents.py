"""Conversations as JSON: as `chatapp.export` writes one, with whose it is and what reviewers added.

{"format": 1,
 "conversation": {… as there, "person", "site", "is_temporary"},
 "messages": [{… as there, "upstream", "redacted_at", "expected_answer"}],
 "remarks": [{"kind": "flag" | "tag" | "comment", "message": its id or null, "text", "by", "at",
              "cleared_at": of a flag}]}
"""

import json
from collections.abc import Iterator

from chatapp import export
from chatapp.models import Flag, Message, Tagging
from chatapp.models.reviewing import Remark
from predictions.text import clean

from .reading import Held

REDACTED = "[redacted]"
# Line ends to some, though not in JSON: what is on a line stays on it.
LINE_ENDS = str.maketrans({"\u2028": "\\u2028", "\u2029": "\\u2029", "\x85": "\\u0085"})


def on_a_line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).translate(LINE_ENDS)


def document(held: Held) -> Iterator[str]:
    """On one line, without its end; a message is a piece."""
    opening = {"format": export.FORMAT, "conversation": _conversation(held), "messages": []}
    yield on_a_line(opening).removesuffix("]}")
    separator = ""
    for message in held.messages:
        yield separator + on_a_line(_message(message))
        separator = ", "
    yield f'], "remarks": {on_a_line([_remark(remark) for remark in held.remarks])}}}'


def _conversation(held: Held) -> dict:
    transcript = held.transcript
    return export.conversation_facts(transcript) | {
        "person": transcript.person,
        "site": transcript.site,
        "is_temporary": transcript.is_temporary,
    }


def _message(message: Message) -> dict:
    facts = export.message_facts(message) | {
        "upstream": upstream_of(message),
        "redacted_at": export.time(message.redacted_at),
        "expected_answer": expected(message),
    }
    return redacted(facts) if message.redacted_at else facts


def redacted(facts: dict) -> dict:
    """Without a word, even where one was left."""
    told = {"text": REDACTED, "prefix_length": 0, "attachments": [], "expected_answer": None}
    if facts["feedback"]:
        told["feedback"] = facts["feedback"] | {"comment": ""}
    if facts["prediction"]:
        told["prediction"] = facts["prediction"] | {"reasoning": ""}
    return facts | told


def upstream_of(message: Message) -> str | None:
    upstream = message.prediction and message.prediction.upstream
    return upstream and upstream.name


def expected(message: Message) -> str | None:
    """What a reviewer would have had the model answer."""
    answer = getattr(message, "expected_answer", None)
    return answer and clean(answer.text)


def _remark(remark: Remark) -> dict:
    kind = "tag" if isinstance(remark, Tagging) else type(remark).__name__.lower()
    told = {
        "kind": kind,
        "message": export.name_of(remark.message_id),
        "text": remark.reason if isinstance(remark, Flag) else getattr(remark, "text", str(remark)),
        "by": remark.by and remark.by.get_username(),
        "at": export.time(remark.created_at),
    }
    if isinstance(remark, Flag):
        told["cleared_at"] = export.time(remark.cleared_at)
    return told
