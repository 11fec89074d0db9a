"""The formats of an export, by the names that its page gives them."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from uuid import UUID

from chatapp.models import Export

from . import table
from .documents import document
from .examples import Examples
from .pieces import Count, Ids, joined, tracked, zipped
from .reading import Held, Reader


class Format(NamedTuple):
    title: str
    says: str
    ending: str
    content_type: str


FORMATS = {
    "csv": Format("CSV", "A row for each message, for spreadsheets.", "csv", "text/csv"),
    "json": Format("JSON", "A list of whole conversations.", "json", "application/json"),
    "jsonl": Format("JSON Lines", "A conversation on each line.", "jsonl", "application/jsonl"),
    "examples": Format(
        "JSON Lines for fine-tuning",
        "Shown branches as messages with role and content; only answers that succeeded.",
        "examples.jsonl",
        "application/jsonl",
    ),
}


class Choice(NamedTuple):
    """What is wanted: a name of FORMATS; of examples `only` "good" or "expected" ones; gzip."""

    format: str
    only: str = ""
    is_zipped: bool = False


def export(ids: Ids, choice: Choice, progress: Export) -> Iterator[bytes]:
    """The file, from its first byte to its last, while `progress` is told how far it is."""
    count = Count()
    pieces = joined(WRITERS[choice.format](ids, choice, count))
    return tracked(zipped(pieces) if choice.is_zipped else pieces, count, progress)


def _csv(ids: Iterable[UUID], choice: Choice, count: Count) -> Iterator[str]:
    yield table.BOM + table.row(table.COLUMNS)
    for held in counted(Reader().read(ids), count):
        yield from table.rows(held)


def _json(ids: Iterable[UUID], choice: Choice, count: Count) -> Iterator[str]:
    separator = "[\n"
    for held in counted(Reader().read(ids), count):
        yield separator
        yield from document(held)
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def _lines(ids: Iterable[UUID], choice: Choice, count: Count) -> Iterator[str]:
    for held in counted(Reader().read(ids), count):
        yield from document(held)
        yield "\n"


def _examples(ids: Iterable[UUID], choice: Choice, count: Count) -> Iterator[str]:
    examples = Examples(choice.only)
    for held in counted(Reader(examples.wanted).read(ids), count):
        yield from examples.line(held)


def counted(found: Iterable[Held | None], count: Count) -> Iterator[Held]:
    """Those that are still there."""
    for held in found:
        if held is not None:
            yield held
        count.done += 1


WRITERS = {"csv": _csv, "json": _json, "jsonl": _lines, "examples": _examples}
