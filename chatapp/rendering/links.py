"""Links say where they lead; what is not a link we allow stays text; an image is a link."""

from urllib.parse import urlsplit

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

SCHEMES = {"http", "https", "mailto"}


def tame_links(state: StateCore) -> None:
    for block in state.tokens:
        if block.type == "inline" and block.children:
            block.children = _tamed(block.children)


def _tamed(children: list[Token]) -> list[Token]:
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
