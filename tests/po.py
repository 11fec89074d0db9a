"""Reads .po files, as far as ours go: entries with their context, plural and mark of a guess."""

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Entry:
    text: str = ""
    plural: str = ""
    context: str = ""
    translations: list[str] = field(default_factory=list)
    is_fuzzy: bool = False


FIELD = re.compile(r"(msgctxt|msgid_plural|msgid|msgstr(?:\[\d+\])?) (\".*\")|(\".*\")")


def read(path: Path) -> list[Entry]:
    """Its entries, without the header and what is obsolete."""
    blocks = path.read_text().split("\n\n")
    return [entry for block in blocks if (entry := _entry(block)).text]


def _entry(block: str) -> Entry:
    entry, fields, last = Entry(), {}, ""
    for line in block.splitlines():
        if line.startswith("#,"):
            entry.is_fuzzy = "fuzzy" in line
        elif found := FIELD.fullmatch(line):
            last = found[1] or last
            fields[last] = fields.get(last, "") + ast.literal_eval(found[2] or found[3])
    entry.text, entry.plural = fields.get("msgid", ""), fields.get("msgid_plural", "")
    entry.context = fields.get("msgctxt", "")
    entry.translations = [text for name, text in fields.items() if name.startswith("msgstr")]
    return entry
