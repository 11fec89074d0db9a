"""Text cut into pieces as a language model makes them; joined they are the text again."""

import re

# Scripts that write without spaces: one character is one piece.
UNSPACED = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
# A line end with its indent, a character of those, a word with the space before it, a mark.
PIECE = re.compile(
    rf"\n+ *| ?[{UNSPACED}]| ?[^\W_{UNSPACED}]+| ?[^\w\s]|.",
    re.DOTALL,
)


def tokens(text: str) -> list[str]:
    return PIECE.findall(text)
