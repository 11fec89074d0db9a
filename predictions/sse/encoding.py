"""Server-sent events, the writing side.

https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
"""

import re

HEARTBEAT = b": hb\n\n"
LINE_END = re.compile(r"\r\n|\r|\n")


def encode(event: str, data: str, id: str) -> bytes:
    """One event: name, id, then one `data:` line for each line of `data`.

    Always a space after the colon, which readers strip: a word's own leading space survives.
    CR and CRLF can only arrive as LF. Text that UTF-8 cannot carry (lone surrogates) becomes "?".
    """
    lines = "".join(f"data: {line}\n" for line in LINE_END.split(data))
    return f"event: {event}\nid: {id}\n{lines}\n".encode(errors="replace")
