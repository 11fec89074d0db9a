"""Blocks of code, coloured by classes of ours as long as there is time for it."""

import re
from html import escape
from io import StringIO
from time import monotonic

from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from .patience import Patience

PREFIX = "hl-"
MOST, LONGEST_LINE = 20_000, 1000  # characters that are coloured


class Colours:
    """Colours the code of one text, each block once."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._known: dict[tuple[str, str], str] = {}

    def of(self, code: str, language: str) -> str:
        """The code as HTML, "" where it stays as it is."""
        known = self._known.get((code, language))
        if known is None and language and _is_readable(code):
            try:
                # Loading it takes long the first time, and is not the text's fault.
                lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
                with self._patience.spent() as until:
                    known = _highlight(code, lexer, until)
            except (ClassNotFound, TimeoutError):
                known = ""
            self._known[code, language] = known
        return known or ""


def code_block(code: str, info: str, colours: Colours | None) -> str:
    language = next(iter(info.split()), "")
    language = language if re.fullmatch(r"[\w+#.-]{1,24}", language) else ""
    label = f"<figcaption>{escape(language)}</figcaption>" if language else ""
    coloured = (colours and colours.of(code, language)) or escape(code)
    pre = f'<pre tabindex="0"><code>{coloured}</code></pre>'
    return f"<code-block>{label}{pre}</code-block>\n"


def _is_readable(code: str) -> bool:
    """Some languages take quadratic time in one step, which no patience ends."""
    return len(code) <= MOST and all(len(line) <= LONGEST_LINE for line in code.split("\n"))


def _highlight(code: str, lexer: Lexer, until: float) -> str:
    tokens = []
    for token in lexer.get_tokens(code):
        if monotonic() > until:
            raise TimeoutError
        tokens.append(token)
    out = StringIO()
    HtmlFormatter(nowrap=True, classprefix=PREFIX).format(tokens, out)
    return out.getvalue()
