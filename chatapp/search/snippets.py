"""What is shown of a text that was found: the words around the first hit, each hit marked."""

from itertools import pairwise

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from .words import Phrase, spans

BEFORE, LENGTH = 50, 180  # characters
FARTHEST = 200_000  # beyond which a long answer is not looked through for its snippet


def snippet(text: str, phrases: list[Phrase]) -> SafeString:
    """The part of `text` around the first hit, on one line. Safe."""
    found = spans(phrases, text[:FARTHEST])
    first = found[0][0] if found else 0
    start = _beginning(text, max(0, first - BEFORE))
    end = min(len(text), start + LENGTH)
    part = _marked(text, start, end, [hit for hit in found if start <= hit[0] and hit[1] <= end])
    return format_html("{}{}{}", "…" if start else "", part, "…" if end < len(text) else "")


def marked(text: str, phrases: list[Phrase]) -> SafeString:
    """All of a short text. Safe."""
    return _marked(text, 0, len(text), spans(phrases, text))


def _beginning(text: str, start: int) -> int:
    """A little on, where a word begins."""
    space = text.find(" ", start, start + BEFORE // 2) if start else -1
    return space + 1 if space >= 0 else start


def _marked(text: str, start: int, end: int, hits: list[tuple[int, int]]) -> SafeString:
    """The text from start to end; hits side by side (Chinese) are one mark."""
    joined: list[tuple[int, int]] = []
    for hit in hits:
        if joined and joined[-1][1] == hit[0]:
            hit = (joined.pop()[0], hit[1])
        joined.append(hit)
    edges = [start, *(edge for hit in joined for edge in hit), end]
    pieces = [text[a:b] for a, b in pairwise(edges)]
    return mark_safe(  # each piece is escaped
        "".join(
            f"<mark>{_line(piece)}</mark>" if index % 2 else _line(piece)
            for index, piece in enumerate(pieces)
        )
    )


def _line(text: str) -> str:
    """Escaped, white space as one space."""
    head = " " if text[:1].isspace() else ""
    tail = " " if text[-1:].isspace() and text.strip() else ""
    return conditional_escape(f"{head}{' '.join(text.split())}{tail}")
