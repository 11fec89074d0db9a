"""Running a Cog predictor file on this machine, with the `cog` package and without Docker."""

from .server import LocalCog, NotReady

__all__ = ["LocalCog", "NotReady"]
