"""Search in what was said: in titles, in visitors' texts and in answers.

Both databases are given the same words, cut in `words`; `sqlite` and `postgres` keep and find them.
"""

from .finding import Hit, find, find_anywhere, narrowed
from .indexing import catch_up, index, missed

__all__ = ["Hit", "catch_up", "find", "find_anywhere", "index", "missed", "narrowed"]
