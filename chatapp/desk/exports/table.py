"""Messages as the rows of a spreadsheet that runs nothing: CSV for Excel and whatever else."""

import csv
from collections.abc import Iterable, Iterator
from decimal import Decimal
from io import StringIO
from unicodedata import category, normalize

from chatapp import export
from chatapp.models import Flag, Message, Tagging
from predictions.text import REPLACEMENT, UNFIT

from .documents import REDACTED, expected, upstream_of
from .reading import Held

BOM = "\ufeff"  # without it Excel takes UTF-8 for something else
COLUMNS = (
    *("conversation", "title", "person", "site", "is_temporary", "message", "parent", "is_shown"),
    *("role", "created_at", "text", "model", "upstream", "status", "error", "is_good", "reason"),
    *("comment", "expected_answer", "first_word_after", "words_per_second", "seconds"),
    *("input_tokens", "output_tokens", "cost", "currency", "attachments", "tags", "flags"),
    *("redacted_at",),
)
FORMULA = "=+-@"
LEFT_OUT = {"Zs", "Zl", "Zp", "Cc", "Cf"}  # kinds of characters: spaces, and what is not seen
STARTS = ("\t", "\r", "\n")

Cell = str | int | float | bool | Decimal | None


def row(cells: Iterable[Cell]) -> str:
    """One line. Texts are quoted and defused; our numbers stay numbers."""
    line = StringIO()
    csv.writer(line, quoting=csv.QUOTE_NONNUMERIC).writerow([_cell(cell) for cell in cells])
    return line.getvalue()


def _cell(cell: Cell) -> str | int | float:
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case Decimal():
            return Number(f"{cell.normalize():f}")
        case int() | float():
            return cell
    return defused(cell)


class Number(float):
    """A number that is written as it was given, not in an exponent's shorthand."""

    def __new__(cls, text: str) -> "Number":
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __repr__(self) -> str:
        return self.text

    __str__ = __repr__


def defused(text: str) -> str:
    """With an apostrophe before whatever a spreadsheet might calculate."""
    text = UNFIT.sub(REPLACEMENT, text)
    return f"'{text}" if text.startswith(STARTS) or is_formula(text) else text


def is_formula(text: str) -> bool:
    """Whether one begins, also behind what a spreadsheet leaves out, also in full width."""
    first = next((each for each in text if category(each) not in LEFT_OUT), "")
    return bool(first) and normalize("NFKC", first)[0] in FORMULA


def rows(held: Held) -> Iterator[str]:
    """Each message of a conversation."""
    shown = {fact.id for fact in held.shown}
    tags = ", ".join(str(each) for each in held.remarks if isinstance(each, Tagging))
    flags = sum(isinstance(each, Flag) and not each.cleared_at for each in held.remarks)
    transcript = held.transcript
    ours = (transcript.id, transcript.title, transcript.person, transcript.site)
    for message in held.messages:
        yield row(
            [
                *(str(ours[0]), *ours[1:], transcript.is_temporary, str(message.id)),
                *(export.name_of(message.parent_id), message.id in shown, message.role),
                *(export.time(message.created_at), *_words(message), tags, flags),
                export.time(message.redacted_at),
            ]
        )


def _words(message: Message) -> list[Cell]:
    is_hidden, feedback = message.redacted_at, getattr(message, "feedback", None)
    attachments = ", ".join(each.name for each in message.files)
    return [
        REDACTED if is_hidden else message.body,
        *_answer(message),
        *((feedback.is_good, feedback.reason) if feedback else (None, None)),
        None if is_hidden or not feedback else feedback.comment,
        None if is_hidden else expected(message),
        *_numbers(message),
        None if is_hidden else attachments,
    ]


def _answer(message: Message) -> tuple[Cell, ...]:
    prediction = message.prediction
    if prediction is None:
        return (None, None, message.status, None)
    model = str(prediction.version.model)
    return (model, upstream_of(message), prediction.status, prediction.error)


def _numbers(message: Message) -> tuple[Cell, ...]:
    prediction = message.prediction
    if prediction is None:
        return (None,) * 7
    metrics = prediction.metrics
    return (
        *(message.first_word_after, metrics.get("words_per_second"), message.seconds),
        *(metrics.get("input_token_count"), metrics.get("output_token_count")),
        *(prediction.cost, prediction.cost_currency),
    )
