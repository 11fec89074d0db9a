"""A text as its top-level blocks, also while it is being written.

A block is finished once lines that are complete have ended it; from then on it is neither parsed
nor changed again. Beyond MAX_MARKDOWN characters no block begins: the rest is plain text.
"""

import re
from collections.abc import Iterator
from html import escape

from . import half_typed
from .cleaning import CLEANER
from .code import Colours, code_block
from .markdown import MARKDOWN, is_closed
from .patience import Patience

# Bounds for hostile text: what is beyond so many characters is shown as plain text, and colouring
# code and converting maths take so many seconds of a text, then it is shown without.
MAX_MARKDOWN = 64_000
MAX_COLOURING = 0.3
EAGER = 1024  # characters of an open block up to which each new line is looked at at once
PAGE = 16_000  # characters of plain text
FAILURES = (RecursionError, LookupError, TypeError, ValueError)

MARKUP = re.compile(r"[*_`~$\\|<>\[\]()#!&\n]")
MARKER = re.compile(r"\s*(?:[-+:=]|\d{1,9}[.)])")
FENCE = re.compile(r"( *+)(`{3,}+|~{3,}+)([^\n]*+)\n")


def blocks(text: str) -> list[str]:
    """The HTML of each block of a text that is complete. Never raises."""
    return LiveRendering(text).end()


def as_plain(text: str) -> str:
    """In pages: browsers take quadratic time to lay out one long text that grows."""
    return "".join(f'<div class="plain">{escape(page)}</div>' for page in _pages(text))


def _pages(text: str) -> Iterator[str]:
    start = 0
    while len(text) - start > PAGE:
        middle, end = start + PAGE // 2, start + PAGE
        cut = max(text.rfind("\n", middle, end), 0) or max(text.rfind(" ", middle, end), 0)
        yield text[start : cut + 1 if cut else end]
        start = cut + 1 if cut else end
    yield text[start:]


class LiveRendering:
    """The blocks of a text that still grows. `finished` only ever gets longer.

    `is_stale` tells whether `open_html()` has become something else than what it was the last time
    with the words since then added at its end; `at` how much of the text that HTML covers, in
    UTF-16 units, as scripts count: all but white space at its end.
    """

    def __init__(self, text: str = "") -> None:
        self.finished: list[str] = []
        self.is_plain = False
        self.is_stale = False
        self.at = 0
        patience = Patience(MAX_COLOURING)
        self._env: dict = {"patience": patience, "colours": Colours(patience)}
        self._parts: list[str] = []
        self._units = 0
        self._size = 0  # characters of the finished blocks
        self._length = 0  # characters of the open one
        self._looked_at = 0  # characters of it when it was parsed last
        self._fence: re.Match[str] | None = None  # the first line of an open block of code
        self._is_shown = self._is_half = False
        self.add(text)

    def add(self, text: str) -> None:
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
        self._parts.append(text)
        self._length += len(text)
        self._units += len(text.encode("utf-16-le", "surrogatepass")) // 2
        if self.is_plain:
            self.is_stale |= not self._is_shown
            return
        if "\n" in text and self._is_due(text):
            self._finish_blocks()
        if self._size + self._length > MAX_MARKDOWN:
            self._finish_blocks()
            self.is_plain = self._size + self._length > MAX_MARKDOWN
            self.is_stale = self._is_shown = False
        self.is_stale = self.is_stale or self._is_changed_by(text)

    def open_html(self) -> str:
        """What is not finished yet, with half-typed markup closed; "" where there is nothing."""
        self.is_stale = self._is_half = False
        self._is_shown = bool(self.open_text.strip())
        self.at = self._units
        if not self._is_shown:
            return ""
        if self.is_plain:
            return as_plain(self.open_text.lstrip("\n"))
        if self._fence:
            code = half_typed.without_last_fence(self.open_text[self._fence.end() :])
            return CLEANER.clean(code_block(code, self._fence[3], None))
        shown, size = half_typed.trimmed(self.open_text)
        self.at -= len(self.open_text) - len(self.open_text[:size].rstrip())
        env = {**self._env, "references": dict(self._env.get("references", {})), "open": True}
        html = self._rendered(shown, env)
        self._is_half = size < len(self.open_text) or env.get("half", False)
        return html

    def end(self) -> list[str]:
        """All blocks: nothing more comes, so what is open is finished as it stands."""
        rest = self.open_text
        if self.is_plain:
            return [*self.finished, as_plain(rest.strip("\n"))]
        return [*self.finished, *(self._rendered(part, self._env) for part in self._split(rest)[0])]

    @property
    def open_size(self) -> int:
        """The characters of the open block."""
        return self._length

    @property
    def open_text(self) -> str:
        """The source of what is not finished yet."""
        if len(self._parts) != 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0]

    def _is_due(self, text: str) -> bool:
        """Whether to parse what is open: not for each line of a long block."""
        if self._fence:
            fence = self._fence[2]
            since = self.open_text[max(self._fence.end(), self._length - len(text) - 80) :]
            return bool(re.search(rf"^ {{0,3}}{fence[0]}{{{len(fence)},}}[ \t]*$", since, re.M))
        return self._length < EAGER or self._length > self._looked_at * 5 / 4

    def _finish_blocks(self) -> None:
        text, fence = self.open_text, self._fence
        lines = text[: text.rfind("\n") + 1]
        sources, is_last_open, self._fence = self._split(lines)
        # From here on words are code: before, they may have been shown as something else.
        self.is_stale = self.is_stale or bool(self._fence and not fence)
        for source in sources[:-1] if is_last_open else sources:
            if self._size + len(source) > MAX_MARKDOWN:
                break
            self.finished.append(self._rendered(source, self._env))
            self._size += len(source)
            text = text[len(source) :]
            self.is_stale, self._is_shown = True, False
        self._parts, self._length = [text], len(text)
        self._looked_at = self._length

    def _split(self, text: str) -> tuple[list[str], bool, re.Match[str] | None]:
        """The sources of the blocks, each with the blank lines before it; whether the last one may
        go on; and the first line of a block of code that does."""
        tokens: list = []
        try:
            MARKDOWN.block.parse(text, MARKDOWN, {}, tokens)
        except FAILURES:
            return [text], True, None
        tokens = [token for token in tokens if token.level == 0 and token.map]
        if not tokens:
            return [], False, None
        lines = _lines(text)
        ends = [token.map[1] for token in tokens]
        starts = [0, *ends[:-1]]
        parts = ["".join(lines[start:end]) for start, end in zip(starts, ends, strict=True)]
        is_open = _may_go_on(tokens[-1], is_followed=len(lines) > ends[-1])
        first = sum(map(len, lines[starts[-1] : tokens[-1].map[0]]))
        fence = FENCE.match(parts[-1], first) if tokens[-1].type == "fence" and is_open else None
        return parts, is_open, fence if fence and not fence[1] else None

    def _rendered(self, source: str, env: dict) -> str:
        try:
            return CLEANER.clean(MARKDOWN.render(source, env))
        except FAILURES:
            return as_plain(source.strip("\n"))

    def _is_changed_by(self, text: str) -> bool:
        if not self._is_shown or self._is_half:
            return bool(text.strip())
        if self._fence:
            return bool(re.search(r"^ {0,3}[`~]+\s*$", self.open_text[-80:].rpartition("\n")[2]))
        return bool(MARKUP.search(text)) or self._is_in_marker(len(text))

    def _is_in_marker(self, size: int) -> bool:
        """Whether a line that began in the last `size` characters, or shortly before, begins as
        the items of a list do."""
        line = self.open_text[-size - 16 :]
        return "\n" in line and bool(MARKER.match(line.rpartition("\n")[2]))


def _lines(text: str) -> list[str]:
    """As the parser counts them: they end at LF only."""
    *lines, last = text.split("\n")
    return [f"{line}\n" for line in lines] + ([last] if last else [])


def _may_go_on(token, *, is_followed: bool) -> bool:
    """Whether lines to come may belong to this block, or change it."""
    if token.type == "fence":
        return not is_closed(token)
    if token.type in {"heading_open", "hr", "maths_block"}:
        return False
    # A blank line ends all others but a list, whose items it may part, and indented code.
    return token.type in {"bullet_list_open", "ordered_list_open", "code_block"} or not is_followed
