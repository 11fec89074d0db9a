"""Everything of one person as a ZIP file, written piece by piece, however much it is.

person.json            who they are, and what else is kept of them but words
conversations/ID.json  each as its owner exports it (see chatapp.export)
attachments/ID/NAME    what went with their messages
predictions.jsonl      what they asked outside the chat: by the API, or to try a model
files/ID/NAME          what they uploaded by the API
"""

import json
from collections.abc import Iterator
from zipfile import ZIP_DEFLATED, ZipFile

from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils.text import get_valid_filename

from chatapp import export
from predictions.models import ApiToken, Prediction

from .people import Person, trials_in

CHUNK = 64 * 1024


class Sink:
    """What a ZIP file is written to: keeps what was written since it was last taken."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, part: bytes) -> int:
        self._written.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        taken, self._written = b"".join(self._written), []
        return taken


def zipped(person: Person) -> Iterator[bytes]:
    sink = Sink()
    with ZipFile(sink, "w", ZIP_DEFLATED) as archive:
        for name, pieces in entries(person):
            with archive.open(name, "w", force_zip64=True) as entry:
                for piece in pieces:
                    entry.write(piece)
                    if found := sink.take():
                        yield found
    yield sink.take()


def entries(person: Person) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Each file's name and what is in it."""
    yield "person.json", iter([_line(_facts(person), indent=2)])
    ids = list(person.conversations.filter(deleted_at=None).values_list("id", flat=True))
    for id in ids:
        if conversation := person.conversations.filter(id=id).first():
            yield f"conversations/{id}.json", export.in_bytes(export.as_json(conversation))
    yield from _contents("attachments", person.kinds["attachments"])
    yield "predictions.jsonl", map(_line, map(_prediction, _predictions(person)))
    if "uploaded files" in person.kinds:
        yield from _contents("files", person.kinds["uploaded files"])


def _contents(folder: str, rows: QuerySet) -> Iterator[tuple[str, Iterator[bytes]]]:
    for row in rows.order_by("pk").only("id", "name", "content").iterator():
        if row.content.storage.exists(row.content.name):
            name = get_valid_filename(row.name.strip(" .") or "file")
            yield f"{folder}/{row.pk}/{name}", _chunks(row.content)


def _chunks(content) -> Iterator[bytes]:
    with content.open("rb") as file:
        yield from file.chunks(CHUNK)


def _predictions(person: Person) -> Iterator[Prediction]:
    rows = person.kinds.get("other predictions")
    if rows is None:
        theirs = [each for each in Session.objects.iterator() if person.has(each)]
        rows = trials_in(theirs)
    return rows.select_related("version__model").order_by("created_at").iterator(chunk_size=20)


def _facts(person: Person) -> dict:
    facts = {"counts": person.counts()}
    if account := person.account:
        names = ("username", "email", "first_name", "last_name", "date_joined", "last_login")
        facts["account"] = {name: getattr(account, name) for name in names}
        tokens = ApiToken.objects.filter(owner=account)
        facts["API tokens"] = list(tokens.values("name", "last4", "created_at", "last_used_at"))
        facts["uploaded files"] = list(
            person.kinds["uploaded files"].values("id", "name", "content_type", "size", "metadata")
        )
    else:
        facts["visitor"] = str(person)
    presets = person.kinds["presets"]
    facts["presets"] = list(presets.values("name", "input", "created_at"))
    facts["shared links"] = list(
        person.kinds["shared links"].values("conversation", "created_at", "expires_at")
    )
    visits = person.kinds["visits to embeds"].values(
        "site__name", "subject", "host", "created_at", "ended_at"
    )
    facts["visits to embeds"] = list(visits)
    sent = person.kinds["counted messages"].values_list("sent_at", flat=True)
    facts["messages counted for the daily limit"] = list(sent)
    return facts


def _prediction(prediction: Prediction) -> dict:
    names = ("id", "source", "status", "input", "output", "logs", "error", "metrics")
    times = ("created_at", "started_at", "completed_at")
    told = {name: getattr(prediction, name) for name in (*names, *times)}
    return {"model": str(prediction.version.model)} | told


def _line(value: dict, indent: int | None = None) -> bytes:
    text = json.dumps(value, ensure_ascii=False, default=str, indent=indent)
    return f"{text}\n".encode(errors="replace")
