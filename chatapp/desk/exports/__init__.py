"""Exports: conversations as a file, written piece by piece, in constant memory however many.

Which ones is settled at the start, 16 bytes each: none comes twice, and none that was there is
missing, whatever people write meanwhile. Each is as it is when it is read.
"""

from .formats import FORMATS, Choice, Format, export
from .pieces import Ids, tracked

__all__ = ["FORMATS", "Choice", "Format", "Ids", "export", "tracked"]
