"""Text as the index has it, and a query as it is meant. Pure: no database, no Django.

A word is a run of letters, marks and digits without case and accents. Where a script has no spaces
(Chinese, Japanese, Thai…) each character is a word, so that what is typed is found as a phrase.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Myanmar, Khmer
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"  # kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
)
MARKS = "".join(
    chr(code) for code in range(0x300, 0x10000) if unicodedata.category(chr(code))[0] == "M"
)
WORD = re.compile(rf"[{UNSPACED}]|(?:(?![{UNSPACED}_])[\w{re.escape(MARKS)}])+")
ACCENTS = re.compile("[\u0300-\u036f]")
CHUNK = re.compile(r'"([^"]*)"?|([^\s"]+)')

LONGEST_WORD = 64
LONGEST_QUERY = 200  # characters
MOST_WORDS = 24


def normal(text: str) -> str:
    if text.isascii():
        return text.lower()
    bare = ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFC", bare).casefold()


def words(text: str) -> list[str]:
    return [word[:LONGEST_WORD] for word in WORD.findall(normal(text))]


class Phrase(NamedTuple):
    """Words that follow each other; the last may be the beginning of a word."""

    words: tuple[str, ...]
    is_open: bool = False


def parse(query: str) -> list[Phrase]:
    """What is looked for, all of it: [] for nothing. No query is wrong."""
    query = query[:LONGEST_QUERY].rstrip()
    phrases = []
    left = MOST_WORDS
    for chunk in CHUNK.finditer(query):
        quoted, bare = chunk.groups()
        found = tuple(words(bare if quoted is None else quoted))[:left]
        left -= len(found)
        if found:
            is_closed = quoted is not None and chunk[0].endswith('"')
            is_last = chunk.end() == len(query)
            phrases.append(Phrase(found, is_open=is_last and not is_closed))
    return phrases


def holds(phrases: list[Phrase], text: str) -> bool:
    """Whether all of them are in the text."""
    there = words(text)
    return all(next(_places(phrase, there), None) is not None for phrase in phrases)


def spans(phrases: list[Phrase], text: str, start: int = 0) -> list[tuple[int, int]]:
    """Where the phrases' words are in the text, in its order: [(start, end)]."""
    tokens = [
        (match.start(), match.end(), _normal_word(match[0])) for match in WORD.finditer(text, start)
    ]
    there = [word for _, _, word in tokens]
    found = set()
    for phrase in phrases:
        for place in _places(phrase, there):
            found.update(range(place, place + len(phrase.words)))
    return [tokens[index][:2] for index in sorted(found)]


@lru_cache(maxsize=4096)
def _normal_word(word: str) -> str:
    return "".join(words(word))[:LONGEST_WORD]


def _places(phrase: Phrase, there: list[str]):
    *first, last = phrase.words
    size = len(phrase.words)
    for place in range(len(there) - size + 1):
        end = there[place + size - 1]
        is_end = end.startswith(last) if phrase.is_open else end == last
        if is_end and there[place : place + size - 1] == first:
            yield place
