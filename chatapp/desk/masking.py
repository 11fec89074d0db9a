"""Making words unreadable in whatever holds them: texts keep their lengths. Pure: no database."""

import re
from collections.abc import Callable, Iterable

BLOCK = "█"
MASK = re.compile(r"\S")
LEAST_PLAIN = 20  # characters from which on a whole message is looked for inside of others
CONTROL = re.compile(r"<(/?)s>|\[(/?)inst\]|<<(/?)sys>>", re.IGNORECASE)


def pattern_of(texts: Iterable[str], *, whole: bool) -> re.Pattern | None:
    """Finds any of these, also where white space differs, lines are quoted and control tokens
    opened, as chatapp.prompting does."""
    found = sorted({text for text in texts if text.strip()}, key=len, reverse=True)
    return re.compile("|".join(_flexible(text, whole) for text in found)) if found else None


def _flexible(text: str, whole: bool) -> str:
    pattern = r"(?:\s|(?<=\n)> )+".join(_token(token) for token in text.split())
    if whole and len(text) < LEAST_PLAIN:  # "Yes" is not looked for in "Yesterday"
        pattern = rf"(?<!\w){pattern}(?!\w)"
    return pattern


def _token(token: str) -> str:
    parts, at = [], 0
    for found in CONTROL.finditer(token):
        parts += [re.escape(token[at : found.start()])]
        parts += [r"\ ?".join(map(re.escape, (found[0][0], found[0][1:-1], found[0][-1])))]
        at = found.end()
    return "".join([*parts, re.escape(token[at:])])


def masked(text: str) -> str:
    return MASK.sub(BLOCK, text)


def walk(value: object, change: Callable[[str], str]) -> object:
    match value:
        case str():
            return change(value)
        case list():
            return [walk(item, change) for item in value]
        case dict():
            return {name: walk(item, change) for name, item in value.items()}
    return value


def cut(pieces: list[str], words: str) -> list[str]:
    """`words` in pieces of the same lengths."""
    at, found = 0, []
    for piece in pieces:
        found.append(words[at : at + len(piece)])
        at += len(piece)
    return found
