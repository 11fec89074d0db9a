"""Which local predictors are being run: each `manage.py cog` holds a lock in its folder.

The system drops the lock of a process that was killed, so that others can tell, and disable the
upstream that it left behind.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from predictions.models import Upstream

LOCK = "running"  # it holds the process's id; emptied at an orderly end


class AlreadyRunning(Exception):
    """Another process runs the predictor of that name."""


def home_of(name: str) -> Path:
    """The folder of the predictor that is run under that name."""
    return settings.DATA_DIR / "cog" / name


@contextmanager
def presence(name: str) -> Iterator[None]:
    """Be the one process that runs the predictor `name`. Raises AlreadyRunning."""
    home_of(name).mkdir(parents=True, exist_ok=True)
    with (home_of(name) / LOCK).open("a+") as lock:
        if not _taken(lock.fileno()):
            raise AlreadyRunning(name)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
        lock.truncate(0)


def disable_abandoned() -> list[str]:
    """Disable the upstreams whose `manage.py cog` on this machine was killed. Returns their
    names."""
    names = [lock.parent.name for lock in home_of("").glob(f"*/{LOCK}") if _is_abandoned(lock)]
    left = Upstream.objects.filter(kind="cog", name__in=names, enabled=True)
    disabled = sorted(left.values_list("name", flat=True))
    left.update(enabled=False)
    return disabled


def _is_abandoned(path: Path) -> bool:
    with path.open("a+") as lock:
        if not _taken(lock.fileno()):
            return False
        was_running = path.stat().st_size > 0
        lock.truncate(0)
        return was_running


def _taken(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
