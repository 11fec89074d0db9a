"""Stream URLs and links to files are capabilities: whoever has one may listen or read, so their
keys are kept out of the logs."""

import logging
import re

KEY = re.compile(
    r"(/v1/streams/)[^\s?'\"]+"
    r"|(/v1/files/[^\s'\"]*[?&]signature=)[^\s&'\"]+"
)


class HideStreamKeys(logging.Filter):
    """Replaces the key in whatever is logged, its arguments included."""

    def filter(self, record: logging.LogRecord) -> bool:
        if KEY.search(record.getMessage()):
            record.msg = hidden(record.msg)
            if isinstance(record.args, tuple):
                record.args = tuple(hidden(argument) for argument in record.args)
        return True


def hidden(value: object) -> object:
    text = value if isinstance(value, str) else repr(value)
    return KEY.sub(r"\1\2…", text) if KEY.search(text) else value
