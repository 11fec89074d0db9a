"""How long one text may take: hostile text makes some of what we do to it slow."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic


class Patience:
    """The seconds that are left for colouring code and converting maths of one text."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds

    @contextmanager
    def spent(self) -> Iterator[float]:
        """Counts the time inside; gives the moment at which it is over. Raises TimeoutError."""
        if self.left <= 0:
            raise TimeoutError
        started = monotonic()
        try:
            yield started + self.left
        finally:
            self.left -= monotonic() - started
