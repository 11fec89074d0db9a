"""The event log: the database remembers, the tape in memory plays, readers follow.

Writers append; a group commit makes the events durable, then shows them. Readers follow(): what is
there, then what comes. A missed ring costs latency, never an event.
"""

from .follow import Reader, ended, follow
from .log import ENVELOPE, Claim, Ending
from .writer import Fenced, Writer

__all__ = [
    "ENVELOPE",
    "Claim",
    "Ending",
    "Fenced",
    "Reader",
    "Writer",
    "ended",
    "follow",
]
