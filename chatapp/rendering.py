"""Markdown to safe HTML: the only way a model's words become markup.

CommonMark with tables and strikethrough; raw HTML is text, images are links, and what comes out
passes one allow-list. Nothing in an answer loads, runs or links anywhere by itself.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html import escape
from io import StringIO
from time import monotonic
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES
from pygments.util import ClassNotFound

# Bounds for hostile text: a longer answer (characters) is shown as plain text, and code is coloured
# for so long (seconds an answer), then not: some lexers take quadratic time.
MAX_MARKDOWN = 64_000
MAX_COLOURING = 0.3
SCHEMES = {"http", "https", "mailto"}
PREFIX = "hl-"
ALIGNMENTS = {"left", "center", "right"}

TAGS = {
    *("p", "br", "hr", "strong", "em", "s", "a", "code", "span", "div", "blockquote"),
    *("ul", "ol", "li", "h3", "h4", "h5", "h6", "pre", "code-block", "figcaption"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
CLEANER = nh3.Cleaner(
    tags=TAGS,
    attributes={"a": {"href", "title"}, "ol": {"start"}},
    allowed_classes={
        "span": {f"{PREFIX}{name}" for name in STANDARD_TYPES.values() if name},
        "th": {f"align-{side}" for side in ALIGNMENTS},
        "td": {f"align-{side}" for side in ALIGNMENTS},
        "div": {"plain", "table"},
    },
    set_tag_attribute_values={"a": {"target": "_blank"}},
    link_rel="noopener noreferrer nofollow",
    url_schemes=SCHEMES,
    url_relative="deny",
)


@lru_cache(maxsize=256)
def render(text: str) -> str:
    """Safe HTML for a model's text. Never raises; what cannot be rendered is shown as it is."""
    if len(text) > MAX_MARKDOWN:
        return as_plain(text)
    try:
        return CLEANER.clean(MARKDOWN.render(text, {"until": monotonic() + MAX_COLOURING}))
    except (RecursionError, LookupError, TypeError, ValueError):
        return as_plain(text)


def as_plain(text: str) -> str:
    return f'<div class="plain">{escape(text)}</div>'


class Renderer(RendererHTML):
    """Where our HTML is not markdown-it's."""

    def heading_open(self, tokens, index, options, env) -> str:
        return f"<{_demoted(tokens[index].tag)}>"

    def heading_close(self, tokens, index, options, env) -> str:
        return f"</{_demoted(tokens[index].tag)}>\n"

    def fence(self, tokens, index, options, env) -> str:
        return _code_block(tokens[index].content, tokens[index].info, env["until"])

    def code_block(self, tokens, index, options, env) -> str:
        return _code_block(tokens[index].content, "", env["until"])

    def table_open(self, tokens, index, options, env) -> str:
        return '<div class="table"><table>\n'

    def table_close(self, tokens, index, options, env) -> str:
        return "</table></div>\n"

    def th_open(self, tokens, index, options, env) -> str:
        return _cell(tokens[index])

    def td_open(self, tokens, index, options, env) -> str:
        return _cell(tokens[index])


def _demoted(tag: str) -> str:
    """The page has the h1 and the message the h2."""
    return f"h{min(int(tag[1]) + 2, 6)}"


def _cell(token: Token) -> str:
    side = str(token.attrGet("style") or "").removeprefix("text-align:")
    return f'<{token.tag} class="align-{side}">' if side in ALIGNMENTS else f"<{token.tag}>"


def _code_block(code: str, info: str, until: float) -> str:
    language = next(iter(info.split()), "")
    language = language if re.fullmatch(r"[\w+#.-]{1,24}", language) else ""
    label = f"<figcaption>{escape(language)}</figcaption>" if language else ""
    coloured = _coloured(code, language, until) or escape(code)
    return f"<code-block>{label}<pre><code>{coloured}</code></pre></code-block>\n"


def _coloured(code: str, language: str, until: float) -> str:
    if not language:
        return ""
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
        tokens = list(_until(until, lexer.get_tokens(code)))
    except (ClassNotFound, TimeoutError):
        return ""
    out = StringIO()
    HtmlFormatter(nowrap=True, classprefix=PREFIX).format(tokens, out)
    return out.getvalue()


def _until(until: float, tokens: Iterable) -> Iterator:
    for token in tokens:
        if monotonic() > until:
            raise TimeoutError
        yield token


def _tame_links(state: StateCore) -> None:
    for block in state.tokens:
        if block.type == "inline" and block.children:
            block.children = _tamed(block.children)


def _tamed(children: list[Token]) -> list[Token]:
    """Links say where they lead; what is not a link we allow stays text; an image is a link."""
    tamed: list[Token] = []
    kept: list[bool] = []
    for token in children:
        if token.type == "link_open":
            kept.append(is_allowed(str(token.attrGet("href"))))
            if kept[-1]:
                token.attrs = {"href": token.attrs["href"], "title": host_of(token.attrs["href"])}
                tamed.append(token)
        elif token.type == "link_close":
            if kept.pop():
                tamed.append(token)
        elif token.type == "image":
            tamed += _image(token, inside_link=any(kept))
        else:
            tamed.append(token)
    return tamed


def _image(token: Token, *, inside_link: bool) -> list[Token]:
    src = str(token.attrGet("src"))
    name = " ".join(token.content.split()) or "image"
    if not is_allowed(src):
        return [_text(name)]
    label = _text(f"{name} ({host_of(src)})")
    if inside_link:
        return [label]
    start = Token("link_open", "a", 1, attrs={"href": src, "title": host_of(src)})
    return [start, label, Token("link_close", "a", -1)]


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def is_allowed(url: str) -> bool:
    return url.partition(":")[0].lower() in SCHEMES and bool(host_of(url))


def host_of(url: str) -> str:
    """Where a link really leads, in the letters of the wire: look-alikes show as xn--…"""
    try:
        parts = urlsplit(url)
        return parts.path if parts.scheme == "mailto" else parts.hostname or ""
    except ValueError:
        return ""


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}, renderer_cls=Renderer)
    markdown.enable(["table", "strikethrough"])
    markdown.core.ruler.push("tame_links", _tame_links)
    return markdown


MARKDOWN = _markdown()
