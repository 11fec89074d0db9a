"""Markdown to safe HTML: the only way a model's words become markup.

A text is a sequence of top-level blocks, each rendered on its own with the link references known by
then. So a block that has ended never changes, whatever is still to come, and an answer that is
being written is shown as the same HTML as when it has ended.
"""

from functools import lru_cache

from .blocks import MAX_MARKDOWN, LiveRendering, as_plain, blocks
from .cleaning import CLEANER
from .links import host_of, is_allowed

__all__ = [
    "CLEANER",
    "MAX_MARKDOWN",
    "LiveRendering",
    "as_plain",
    "blocks",
    "host_of",
    "is_allowed",
    "render",
]


@lru_cache(maxsize=256)
def render(text: str) -> str:
    """Safe HTML for a model's text. Never raises; what cannot be rendered is shown as it is."""
    return "".join(blocks(text))
