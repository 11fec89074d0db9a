"""Running a Cog predictor file on this machine, with the `cog` package and without Docker."""

from .keeping import CrashLoop, kept
from .server import LocalCog, NotReady

__all__ = ["CrashLoop", "LocalCog", "NotReady", "kept"]
