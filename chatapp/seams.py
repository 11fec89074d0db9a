"""The seam in an answer that goes on from another one: a mark at the right place in its HTML.

A mark that would change how the Markdown around it is read moves to the space before; where that
does not help there is none, and only the line above the answer tells.
"""

from collections.abc import Iterator
from html import escape
from html.parser import HTMLParser

from django.utils.translation import gettext as _

from . import rendering

MARK = "\ue0be"  # private use: no text of ours has it, and Markdown reads it as a letter
MAX_MARKED = rendering.MAX_MARKDOWN - 1  # one letter more must not change the way of rendering


def render(text: str, at: int) -> str:
    """`text` as safe HTML, with the mark before its character `at`."""
    html = rendering.render(text)
    if MARK in text or len(text) > MAX_MARKED:
        return html
    for place in _places(text, at):
        marked = rendering.render(text[:place] + MARK + text[place:])
        if marked.replace(MARK, "") == html and _is_said(marked):
            label = escape(_("Continued here"))
            seam = f'<span class="seam" role="img" aria-label="{label}" title="{label}"></span>'
            return marked.replace(MARK, seam)
    return html


def _places(text: str, at: int) -> Iterator[int]:
    yield at
    start = len(text[:at].rstrip())  # after the last word
    if start != at:
        yield start
    yield from (place for place in [text.rfind(" ", 0, start)] if place > 0)


def _is_said(html: str) -> bool:
    """Whether the mark is in the text once, and not in an address or a title."""
    finder = _Finder()
    finder.feed(html)
    finder.close()
    return finder.count == 1


class _Finder(HTMLParser):
    count = 0

    def handle_data(self, data: str) -> None:
        self.count += data.count(MARK)
