r"""LaTeX between `$…$`, `$$…$$`, `\(…\)` and `\[…\]`, as rules of the Markdown parser.

Money stays money: a formula does not begin or end with a space, and no digit follows its end. A
block of maths is decided by its first line, as a fence is, so that what is finished stays so.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

MOST = 2000  # characters of one formula
OPERATOR = re.compile(r"[\\^_={}+*/<>|()'&-]")
INLINE = {"$$": "$$", "$": "$", r"\(": r"\)", r"\[": r"\]"}
BLOCK = {"$$": "$$", r"\[": r"\]"}


def add_to(markdown: MarkdownIt) -> None:
    interrupted = ["paragraph", "reference", "blockquote", "list"]
    markdown.block.ruler.before("fence", "maths_block", _block, {"alt": interrupted})
    markdown.inline.ruler.before("escape", "maths", _inline)


def _inline(state: StateInline, silent: bool) -> bool:
    opening = opening_at(state.src, state.pos)
    if not opening or opening == r"\[":
        return False
    end = end_of(state.src, state.pos, opening)
    if end is None:
        return False
    if not silent:
        token = state.push("maths", "math", 0)
        token.content, token.markup = state.src[state.pos + len(opening) : end], opening
    state.pos = end + len(opening)
    return True


def opening_at(text: str, place: int) -> str:
    """What opens a formula there, or ""."""
    if text[place] == "$":
        return "$$" if text.startswith("$$", place) else "$"
    pair = text[place : place + 2]
    return pair if pair in INLINE else ""


def end_of(text: str, start: int, opening: str) -> int | None:
    """Where the formula that opens at `start` is closed: the place of what closes it."""
    first = start + len(opening)
    end = text.find(INLINE[opening], first, first + MOST)
    while end > 0 and text[end - 1] == "\\" and opening[0] == "$":
        end = text.find(INLINE[opening], end + 1, first + MOST)
    if end <= first or not text[first:end].strip():
        return None
    return end if opening != "$" or is_formula(text[first:end], text[end + 1 : end + 2]) else None


def is_formula(content: str, following: str) -> bool:
    """Whether what stands between two dollar signs is meant as maths."""
    if content[0].isspace() or content[-1].isspace() or following.isdigit():
        return False
    return bool(OPERATOR.search(content)) or not re.search(r"\s", content)


def _block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    if state.is_code_block(start_line):
        return False
    start = state.bMarks[start_line] + state.tShift[start_line]
    line = state.src[start : state.eMarks[start_line]]
    opening = line[:2]
    if opening not in BLOCK or BLOCK[opening] in line[2:].rstrip().removesuffix(BLOCK[opening]):
        return False  # the formula ends within a sentence
    if silent:
        return True
    last, is_closed = _last_line(state, start_line, end_line, line, BLOCK[opening])
    state.line = last + 1
    token = state.push("maths_block" if is_closed else "maths_unclosed", "math", 0)
    token.map = [start_line, state.line]
    token.markup = opening
    text = state.getLines(start_line, state.line, state.blkIndent, False).strip()
    token.content = text[2:-2] if is_closed else text
    return True


def _last_line(state: StateBlock, start_line: int, end_line: int, line: str, closing: str):
    """Until it is closed, or at the latest until a blank line."""
    if len(line.rstrip()) >= 4 and line.rstrip().endswith(closing):
        return start_line, True
    number = start_line
    while number + 1 < end_line and not state.isEmpty(number + 1):
        if state.sCount[number + 1] < state.blkIndent:
            break
        number += 1
        if state.src[state.bMarks[number] : state.eMarks[number]].rstrip().endswith(closing):
            return number, True
    return number, False
