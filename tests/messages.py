"""Gathers the strings to translate, and compiles what was translated: `python -m tests.messages`.

The result is committed (.po and .mo), so that whoever runs Rivulet needs no gettext.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.running import ROOT

LOCALE = Path("chatapp/locale")
LANGUAGES = ["zh_Hans"]
DOMAINS = ["django", "djangojs"]
OTHERS = (".venv", "var", "tests", "bench", "docs", "*.txt")  # nothing of theirs is shown
CHANGING = re.compile(r'^"(POT-Creation-Date|PO-Revision-Date): .*\n', re.M)


def main() -> None:
    gather(ROOT)
    compile_all(ROOT)


def gather(root: Path) -> None:
    """Bring the .po files under `root` up to date with the strings there."""
    ignored = [f"--ignore={each}" for each in OTHERS]
    languages = [f"--locale={each}" for each in LANGUAGES]
    for domain in DOMAINS:
        _manage(
            root,
            *("makemessages", f"--domain={domain}", "--no-wrap", "--add-location=file"),
            *(*languages, *ignored),
        )
    for file in (root / LOCALE).rglob("*.po"):
        file.write_text(CHANGING.sub("", file.read_text()))


def compile_all(root: Path) -> None:
    _manage(root, "compilemessages", *[f"--ignore={each}" for each in OTHERS])


def _manage(root: Path, *arguments: str) -> None:
    with tempfile.TemporaryDirectory() as data:
        environment = {"DATA_DIR": data, "ENV_FILE": os.devnull, "SECRET_KEY": "unused"}
        environment["DJANGO_SETTINGS_MODULE"] = "chatapp.settings"
        command = [sys.executable, "manage.py", *arguments, "-v0"]
        subprocess.run(command, cwd=root, env=os.environ | environment, check=True)


if __name__ == "__main__":
    main()
