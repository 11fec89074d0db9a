"""Halves of one character that came in two pieces, put together again."""

REPLACEMENT = "\ufffd"


class Joiner:
    """JSON may cut an emoji into two escapes, and a server may send them in two deltas.

    Text that comes out has no surrogates: what finds no partner becomes U+FFFD.
    """

    def __init__(self) -> None:
        self._high = ""

    def feed(self, text: str) -> str:
        """`text` without its surrogates; a last high half is held back for the next call."""
        text = self._high + text
        self._high = ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._high = text[:-1], text[-1]
        return _joined(text)

    def finish(self) -> str:
        """What is left at the end: "" or one U+FFFD."""
        left, self._high = self._high, ""
        return REPLACEMENT if left else ""


def _joined(text: str) -> str:
    if text.isascii():
        return text
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return "".join(REPLACEMENT if "\ud800" <= c <= "\udfff" else c for c in whole)
