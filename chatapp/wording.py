"""What counts as a word, as a person would count."""

import re

# A word, or a character of a script that puts no spaces between them, with its marks.
UNSPACED = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
MARKS = r"[\u0300-\u036f\u3099\u309a\ufe00-\ufe0f]*"
WORD = re.compile(rf"[{UNSPACED}]{MARKS}|[^\s{UNSPACED}]+")
