"""The one allow-list that everything rendered passes. Nothing in it loads, runs or styles."""

import nh3
from pygments.token import STANDARD_TYPES

from . import mathml
from .code import PREFIX
from .links import SCHEMES

ALIGNMENTS = {"left", "center", "right"}
ALIGNED = {f"align-{side}" for side in ALIGNMENTS}
TURNING = ("p", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "table")

TAGS = {
    *("p", "br", "hr", "strong", "em", "s", "a", "code", "span", "div", "blockquote"),
    *("ul", "ol", "li", "h3", "h4", "h5", "h6", "pre", "code-block", "figcaption"),
    *("table", "thead", "tbody", "tr", "th", "td"),
    *mathml.TAGS,
}
CLEANER = nh3.Cleaner(
    tags=TAGS,
    attributes={"a": {"href", "title"}, "ol": {"start"}, **mathml.ATTRIBUTES},
    tag_attribute_values={
        **{tag: {"dir": {"auto"}} for tag in TURNING},
        "pre": {"tabindex": {"0"}},
        "div": {"tabindex": {"0"}},
    },
    allowed_classes={
        "span": {f"{PREFIX}{name}" for name in STANDARD_TYPES.values() if name},
        **{tag: ALIGNED for tag in ("th", "td", "mtd")},
        "div": {"plain", "table", "maths"},
        "li": {"task"},
    },
    set_tag_attribute_values={"a": {"target": "_blank"}},
    link_rel="noopener noreferrer nofollow",
    url_schemes=SCHEMES,
    url_relative="deny",
)
