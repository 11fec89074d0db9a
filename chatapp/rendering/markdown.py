"""Our Markdown: CommonMark with tables, strikethrough, task lists and maths; raw HTML is text."""

import re

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from . import half_typed, mathml, maths
from .cleaning import ALIGNMENTS, TURNING
from .code import code_block
from .links import tame_links

TASK = re.compile(r"\[([ xX])\](?=\s|$)")
BOXES = {" ": "☐", "x": "☑", "X": "☑"}


class Renderer(RendererHTML):
    """Where our HTML is not markdown-it's."""

    def fence(self, tokens, index, options, env) -> str:
        token = tokens[index]
        is_coloured = "open" not in env or is_closed(token)
        return code_block(token.content, token.info, env["colours"] if is_coloured else None)

    def code_block(self, tokens, index, options, env) -> str:
        return code_block(tokens[index].content, "", None)

    def table_open(self, tokens, index, options, env) -> str:
        return f'<div class="table" tabindex="0"><table{self.renderAttrs(tokens[index])}>\n'

    def table_close(self, tokens, index, options, env) -> str:
        return "</table></div>\n"

    def th_open(self, tokens, index, options, env) -> str:
        return _cell(tokens[index])

    def td_open(self, tokens, index, options, env) -> str:
        return _cell(tokens[index])

    def maths(self, tokens, index, options, env) -> str:
        return mathml.render(tokens[index].content, tokens[index].markup, env["patience"])

    def maths_block(self, tokens, index, options, env) -> str:
        formula = mathml.render(tokens[index].content, tokens[index].markup, env["patience"])
        return f'<div class="maths" tabindex="0">{formula}</div>\n'

    def maths_unclosed(self, tokens, index, options, env) -> str:
        return code_block(tokens[index].content, "", None)


def is_closed(fence: Token) -> bool:
    """Whether a fence has its last line, too."""
    return fence.map[1] - fence.map[0] == fence.content.count("\n") + 2


def _cell(token: Token) -> str:
    side = str(token.attrGet("style") or "").removeprefix("text-align:")
    return f'<{token.tag} class="align-{side}">' if side in ALIGNMENTS else f"<{token.tag}>"


def _turn(state: StateCore) -> None:
    """Each block reads in the direction of its own words."""
    for token in state.tokens:
        if token.level == 0 and token.nesting == 1 and token.tag in TURNING:
            token.attrSet("dir", "auto")


def _rank_headings(state: StateCore) -> None:
    """Below the page's h1 and the message's h2 without a gap, whichever an answer begins with."""
    above = state.env.get("headings", [])
    for token in state.tokens:
        if token.type == "heading_open":
            above = [*(rank for rank in above if rank < int(token.tag[1])), int(token.tag[1])]
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(len(above) + 2, 6)}"
    state.env["headings"] = above


def _tick_tasks(state: StateCore) -> None:
    for item, _, text in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        is_item = item.type == "list_item_open" and text.type == "inline"
        if is_item and (task := TASK.match(text.content)):
            text.content = BOXES[task[1]] + text.content[task.end() :]
            item.attrSet("class", "task")


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}, renderer_cls=Renderer)
    markdown.enable(["table", "strikethrough"])
    maths.add_to(markdown)
    markdown.core.ruler.after("block", "tick_tasks", _tick_tasks)
    markdown.core.ruler.after("block", "close_half_typed", half_typed.close)
    markdown.core.ruler.push("tame_links", tame_links)
    markdown.core.ruler.push("rank_headings", _rank_headings)
    markdown.core.ruler.push("turn", _turn)
    return markdown


MARKDOWN = _markdown()
