"""LaTeX to MathML, by allow-list: what cannot be read is shown as it was typed, in code."""

import re
from functools import lru_cache
from html import escape, unescape
from xml.etree.ElementTree import Element

from latex2mathml import exceptions
from latex2mathml.converter import Converter

from .patience import Patience

MOST = 2000  # characters of one formula
DEEPEST = 40
# Elements that a browser lays out only with exactly so many children.
CHILDREN = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "mover": 2, "munder": 2}
CHILDREN |= {"msubsup": 3, "munderover": 3}
TAGS = {
    *("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "msqrt", "mstyle", "mpadded"),
    *("mtable", "mtr", "mtd", "mphantom", *CHILDREN),
}
OPERATORS = frozenset("±~⟹⟺⟂\u29f5⟨⟩•")  # for the converter they are names: no room around them
LENGTH = re.compile(r"-?(?:[0-3](?:\.\d{1,3})?|\.\d{1,3})em|0")
WORD = re.compile(r"true|false|prefix|infix|postfix|block|inline|-?[0-2]|normal|bold")
ATTRIBUTES = {
    "math": {"display"},
    "mo": {"stretchy", "fence", "form", "minsize", "maxsize", "accent", "movablelimits"},
    "mover": {"accent"},
    "munder": {"accentunder"},
    "mspace": {"width"},
    "mpadded": {"width"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mtable": {"displaystyle"},
    "mfrac": {"linethickness"},
}
# No macros: a few of them, each twice the one before, would fill the memory.
MACROS = re.compile(r"\\(?:re|provide)?newcommand|\\def\b|\\let\b|\\DeclareMathOperator")
# The converter would raise its closing bracket alone.
MATRIX_TO_SOMETHING = re.compile(
    r"\\begin\{([pbBvV]?matrix)\}(?:(?!\\end\{\1\}).)*\\end\{\1\}(?=\s*[\^_])", re.DOTALL
)
ENVIRONMENTS = (
    (re.compile(r"\\(begin|end)\{(?:aligned|alignat\*?|eqnarray\*?)\}"), r"\\\1{split}"),
    (re.compile(r"\\(begin|end)\{gather(?:ed|\*)?\}"), r"\\\1{matrix}"),
    (re.compile(r"\\(?:begin|end)\{(?:equation\*?|displaymath|math)\}"), ""),
    (MATRIX_TO_SOMETHING, r"{\g<0>}"),
)
UNREADABLE = (
    *(error for error in vars(exceptions).values() if isinstance(error, type)),
    *(ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError),
    StopIteration,
)


def render(latex: str, opening: str, patience: Patience) -> str:
    """MathML, or the formula as it was typed; also when the text has had its share of time."""
    display = "inline" if opening in {"$", r"\("} else "block"
    try:
        with patience.spent():
            return _mathml(latex, display)
    except (TimeoutError, *UNREADABLE):
        return _typed(latex)


def _typed(latex: str) -> str:
    return f"<code>{escape(latex.strip())}</code>"


@lru_cache(maxsize=512)
def _mathml(latex: str, display: str) -> str:
    if len(latex) > MOST or MACROS.search(latex):
        raise ValueError("This formula is not converted.")
    for environment, ours in ENVIRONMENTS:
        latex = environment.sub(ours, latex)
    tree = Converter(display=display).convert_to_element(latex.strip())
    return _serialised(tree, DEEPEST)


def _serialised(element: Element, depth: int) -> str:
    """Raises ValueError where a part is missing, unknown or too deep."""
    tag = "mrow" if element.tag == "menclose" else element.tag
    text = unescape(element.text or "")
    if text in OPERATORS:
        tag = "mo"
    if not depth or tag not in TAGS or len(element) != CHILDREN.get(tag, len(element)):
        raise ValueError(f"This formula cannot be shown: {tag}")
    if (text.startswith("\\") and text != "\\") or (text == "&" and tag == "mi"):
        raise ValueError(f"This formula has an unknown command: {text}")
    children = "".join(_serialised(child, depth - 1) for child in element)
    return f"<{tag}{_attributes(tag, element)}>{escape(text)}{children}</{tag}>"


def _attributes(tag: str, element: Element) -> str:
    kept = "".join(
        f' {name}="{value}"'
        for name, value in element.attrib.items()
        if name in ATTRIBUTES.get(tag, ()) and (LENGTH.fullmatch(value) or WORD.fullmatch(value))
    )
    side = element.attrib.get("columnalign")
    is_aligned = tag == "mtd" and side in {"left", "right", "center"}
    return f'{kept} class="align-{side}"' if is_aligned else kept
