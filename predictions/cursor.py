"""Event ids: `<unix seconds>:<n>`, n restarting at 0 each second (the form of the post's examples).

In the database one bigint, seconds * 1,000,000 + n, is the id, the order and the resume point.
"""

import re
import time
from collections.abc import Callable

SECOND = 1_000_000
ID = re.compile(r"(\d{1,12}):(\d{1,6})")


def format_cursor(cursor: int) -> str:
    return f"{cursor // SECOND}:{cursor % SECOND}"


def parse_cursor(text: str) -> int | None:
    """The cursor an event id stands for, or None where it is not one of ours."""
    match = ID.fullmatch(text.strip())
    return int(match[1]) * SECOND + int(match[2]) if match else None


class Clock:
    """Issues the cursors of one prediction: strictly increasing, even when the clock steps back."""

    def __init__(self, last: int = 0, now: Callable[[], float] = time.time) -> None:
        self.last = last
        self._now = now

    def tick(self) -> int:
        self.last = max(self.last + 1, int(self._now()) * SECOND)
        return self.last
