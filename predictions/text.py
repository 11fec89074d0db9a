"""Text as it may be kept and shown: what upstreams send, made safe for the log and the wire.

The stored words must equal the words heard, so what the wire or the database cannot carry is
replaced here, once, before the log: CR and CRLF become LF, NUL and lone surrogates U+FFFD.
"""

import re

REPLACEMENT = "\ufffd"
SURROGATE_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
UNFIT = re.compile("[\x00\ud800-\udfff]")
MAX_WORD = 16 * 1024


class TextCleaner:
    """Cleans one run's text, piece by piece.

    A piece may end in half a character (the high half of a surrogate pair, as JSON deltas cut
    emoji) or half a line end (CR); it is held back until the next piece, or `flush`.
    """

    def __init__(self) -> None:
        self._held = ""

    def feed(self, piece: str) -> list[str]:
        """The words that are complete with `piece`: none, one, or several where it is very long."""
        text = self._held + piece
        self._held = (
            text[-1:] if text and (text[-1] == "\r" or "\ud800" <= text[-1] <= "\udbff") else ""
        )
        return split_long(clean(text.removesuffix(self._held) if self._held else text))

    def flush(self) -> list[str]:
        held, self._held = self._held, ""
        return split_long(clean(held))


def clean(text: str) -> str:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = SURROGATE_PAIR.sub(_join_pair, text)
    return UNFIT.sub(REPLACEMENT, text)


def split_long(text: str) -> list[str]:
    return [text[i : i + MAX_WORD] for i in range(0, len(text), MAX_WORD)]


def _join_pair(pair: re.Match[str]) -> str:
    return pair[0].encode("utf-16", "surrogatepass").decode("utf-16")
