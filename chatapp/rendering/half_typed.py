"""What has been typed by half, as it will probably be: nothing flickers while it is completed.

The words are never changed, only what is shown of them until the rest of their markup has come.
"""

import re

from markdown_it.rules_core import StateCore

from . import maths

# No pattern here gives back what it has taken (*+): on a long line that would take for ever.
# A line that may yet be anything: the beginning of a list, a heading, a rule, a fence.
BEGUN = re.compile(
    r"[ >]*+(?:[-*+_=:]{1,3}|\d{1,9}[.)]|#{1,6}|`{1,3}|~{1,3}|[|:\- ]++|\$\$?|\\)?[ ]*+"
)
TABLE = re.compile(r"(?:^|\n)(\|(?:[^\S\n]|\|)*+[^\n|\s][^\n]*+)(?:\n[|:\- ]*+)?$")
LINK = re.compile(r"!?\[([^\[\]]*|[^\[\]]{2,}\](?:\([^()\s]*(?:[ ]\"[^\"]*)?)?)$")
DELIMITER = re.compile(r"\*{1,3}|_{1,3}|~~")
CLOSABLE = 4000  # characters at the end of a paragraph that are looked at


def trimmed(text: str) -> tuple[str, int]:
    """Without a last line of which nobody knows yet what it begins; a table's head has its rule.
    And how many of the text's characters that shows."""
    if (table := TABLE.search(text)) and not _is_in_table(text[: table.start(1)]):
        head = table[1].rstrip()
        columns = len(re.findall(r"(?<!\\)\|", head.removesuffix("|")))
        shown = f"{text[: table.start(1)]}{head}"
        return f"{shown}\n{'|-' * columns}|\n", len(shown)
    before, newline, last = text.rpartition("\n")
    shown = before + newline if BEGUN.fullmatch(last) else text
    return shown, len(shown)


def _is_in_table(before: str) -> bool:
    return before.removesuffix("\n").rpartition("\n")[2].startswith("|")


def without_last_fence(code: str) -> str:
    """Code without what may be the beginning of its end."""
    return re.sub(r"(^|\n) {0,3}[`~]+[ \t]*$", r"\1", code)


def close(state: StateCore) -> None:
    """Complete the markup of the last words, where the text is open."""
    if "open" not in state.env:
        return
    last = next((token for token in reversed(state.tokens) if token.type == "inline"), None)
    follows = state.tokens[-1].type if state.tokens else ""
    if last is None or follows in {"fence", "code_block", "maths_block", "maths_unclosed", "hr"}:
        return
    content = closed(last.content)
    if content != last.content:
        last.content = content
        state.env["half"] = True


def closed(content: str) -> str:
    """A paragraph's words with what is open closed."""
    kept, content = content[:-CLOSABLE], content[-CLOSABLE:]
    open_, place = _scan(content)
    if place is not None:  # within a code span or a formula
        opening = open_.pop()
        return kept + _unfinished(content, place, opening) + _closers(open_)
    content = content.rstrip("*_~\\$")
    content = LINK.sub(lambda link: link[1].partition("]")[0], content)
    open_, _ = _scan(content)
    return kept + content.rstrip() + _closers(open_) if open_ else kept + content


def _unfinished(content: str, place: int, opening: str) -> str:
    before, inside = content[:place], content[place + len(opening) :]
    if opening[0] == "`":
        inside = inside.rstrip("`")
        return f"{before}{opening}{inside}{opening}" if inside.strip() else before
    formula = f"{opening}{inside}".strip()
    fence = "`" * (1 + max(map(len, re.findall("`+", formula)), default=0))
    return f"{before}{fence} {formula} {fence}" if inside.strip() else before


def _closers(open_: list[str]) -> str:
    return "".join(reversed(open_))


def _scan(content: str) -> tuple[list[str], int | None]:
    """The delimiters that are open at the end; and where a code span or formula opens that is the
    last of them."""
    open_: list[str] = []
    place = 0
    while place < len(content):
        character = content[place]
        if character == "`":
            opening = re.compile("`+").match(content, place)[0]
            end = _end_of_code(content, place + len(opening), opening)
            if end is None:
                return [*open_, opening], place
            place = end
        elif opening := maths.opening_at(content, place) if character in "$\\" else "":
            end = maths.end_of(content, place, opening) if opening != r"\[" else None
            if end is not None:
                place = end + len(opening)
            elif _is_begun_formula(content, place, opening):
                return [*open_, opening], place
            else:
                place += len(opening)
        elif character == "\\":
            place += 2
        elif run := DELIMITER.match(content, place):
            _take(open_, content, run)
            place = run.end()
        else:
            place += 1
    return open_, None


def _end_of_code(content: str, start: int, opening: str) -> int | None:
    for run in re.compile("`+").finditer(content, start):
        if run[0] == opening:
            return run.end()
    return None


def _is_begun_formula(content: str, place: int, opening: str) -> bool:
    inside = content[place + len(opening) :]
    if len(inside) >= maths.MOST:
        return False
    if opening != "$":
        return True
    is_maths = opening == "$" and "$" not in inside and re.match(r"[^\s\d]", inside)
    return bool(is_maths and re.search(r"[\\^_={]", inside))


def _take(open_: list[str], content: str, run: re.Match[str]) -> None:
    """Open or close by what stands on both sides, about as CommonMark does."""
    before = content[run.start() - 1 : run.start()]
    after = content[run.end() : run.end() + 1]
    if open_ and open_[-1] == run[0] and before.strip():
        open_.pop()
    elif len(open_) > 1 and open_[-1] + open_[-2] == run[0] and before.strip():
        del open_[-2:]
    elif after.strip() and not before.isalnum():
        open_.append(run[0])
