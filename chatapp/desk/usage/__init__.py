"""Usage: how much was asked, how fast it was answered, what it cost; counted once and kept.

Each prediction is added to its day's row when it has ended. What is deleted later stays counted: it
was answered, and paid for.
"""

from .counting import catch_up, forget, recount, run_is_over
from .reports import Report, Wanted

__all__ = ["Report", "Wanted", "catch_up", "forget", "recount", "run_is_over"]
