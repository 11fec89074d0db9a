"""What is written for operators (logs, crash pages, errors) repeats no secret: neither those that
this process has had in its hands, nor what looks like one, nor the URLs that are keys themselves.
"""

import logging
import re
from collections.abc import Iterable
from functools import lru_cache
from html import escape
from types import FrameType
from urllib.parse import quote_plus

from django.http import HttpRequest
from django.template.defaultfilters import pprint
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

SECRET_LENGTH = 8  # a shorter text, as `true`, is no secret, and is in too many words
CLUE_LENGTH = 4  # how much of a secret may remain where a text was cut off
MARK = "[key]"

# Anybody may have a long line logged, by asking for a long path: what is searched for has bounds.
# Stream URLs and links to files are capabilities: whoever has one may listen or read.
CAPABILITY = (
    r"(?P<path>/v1/streams/|/live/|[?&](?:visit|preview)=|/v1/files/[^\s'\"]{0,1000}[?&]signature=)"
    r"[^\s?&'\"]+"
)
HEADER = (
    r"(?P<header>\b(?:proxy-)?authorization|\b(?:x-)?(?:goog-)?api[-_]?key|\b(?:set-)?cookie)"
    r"(?P<colon>['\"]?\s*[:=,]\s*(?:b?['\"])?)(?:(?:bearer|basic|token|visitor)\s+)?[^\s'\",;]+"
)
BEARER = r"(?P<scheme>\bbearer\s+)[\w.~+/=-]{8,}"
KEY = r"(?P<kind>\b(?:sk|rk|pk|r8|hf|gsk|xai|riv|whsec|embsec)[-_])(?=[\w-]{0,100}\d)[\w+/=-]{8,}"
PASSWORD = r"(?P<account>\b[a-z][a-z\d+.-]{0,30}://[^\s/:@'\"]{0,200}:)[^\s/@'\"]+(?=@)"
LIKE_A_SECRET = re.compile("|".join((CAPABILITY, HEADER, BEARER, KEY, PASSWORD)), re.IGNORECASE)

_known: set[str] = set()


def remember(secrets: Iterable[str]) -> None:
    """Hide these from now on, wherever they turn up."""
    _known.update(filter(is_secret, secrets))


def is_secret(text: str) -> bool:
    return len(text) >= SECRET_LENGTH


def hidden(text: str) -> str:
    """`text` without the secrets that are known here, and without what looks like one."""
    text = without(text, _known)
    return LIKE_A_SECRET.sub(lambda match: "".join(filter(None, match.groups())) + "…", text)


def without(text: str, secrets: Iterable[str]) -> str:
    """`text` without these, in whichever spelling, and whether or not it was cut off in one."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = _spellings(secret).sub(MARK, text)
        for length in range(len(secret) - 1, CLUE_LENGTH, -1):
            if text.endswith(secret[:length]):
                text = text[:-length] + MARK
                break
    return text


@lru_cache(1024)
def _spellings(secret: str) -> re.Pattern:
    """As it is, and as URLs, HTML and JSON write it: each of its characters by itself, as they
    differ in which they escape."""
    return re.compile("".join(map(_character, secret)))


def _character(character: str) -> str:
    if character.isascii() and character.isalnum():
        return character
    ways = {
        character,
        escape(character),
        f"u{ord(character):04x}",
        f"&#{ord(character)};",
        f"&#x{ord(character):x};",
        "".join(f"%{byte:02X}" for byte in character.encode()),
        quote_plus(character),
    }
    either_case = (f"(?i:{re.escape(way)})" for way in ways)
    return f"\\\\{{0,15}}(?:{'|'.join(either_case)})"  # the backslashes of JSON in JSON in JSON


class Formatter(logging.Formatter):
    """Lines of a log, with their arguments and tracebacks, made discreet."""

    def format(self, record: logging.LogRecord) -> str:
        return hidden(super().format(record))


class Filter(logging.Filter):
    """For loggers with a formatter of their own, which may need as many arguments as there were."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _discreet(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(map(_discreet, record.args))
        return True


class ReporterFilter(SafeExceptionReporterFilter):
    """Crash reports keep secrets with DEBUG as well: its page is shown to whoever asks."""

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> list[tuple[str, object]]:
        variables = super().get_traceback_frame_variables(request, tb_frame)
        return [(name, _discreet(value)) for name, value in variables]


class Reporter(ExceptionReporter):
    def get_traceback_html(self) -> str:
        return hidden(super().get_traceback_html())

    def get_traceback_text(self) -> str:
        return hidden(super().get_traceback_text())


def _discreet(value: object) -> object:
    """A variable as it is, or where that tells a secret what else may be told of it."""
    # Django's own: a __repr__ that fails must not crash the page as well.
    told = value if isinstance(value, str) else pprint(value)
    return value if hidden(told) == told else hidden(told)
