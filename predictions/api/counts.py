"""Counts of who asked how often: shared in Redis where there is one, else in memory.

Redis may go away at any time, and may hang: then nobody waits for it longer than its timeout, and
this process counts in its own memory until Redis answers again.
"""

import logging
import threading
import time

from limits import RateLimitItem
from limits.storage import MemoryStorage, Storage
from limits.strategies import MovingWindowRateLimiter

logger = logging.getLogger(__name__)

TIMEOUT = 0.1  # seconds, for connecting and for each answer: Redis answers in a thousandth
AWAY = 5  # seconds until Redis is tried again

Counted = tuple[bool, float, int]  # was it let in, when (unix time) is one more, how many now


class Counts:
    def __init__(self, redis_url: str) -> None:
        self._here = MovingWindowRateLimiter(MemoryStorage())
        self._shared = redis_url and MovingWindowRateLimiter(_redis(redis_url))
        self._lock = threading.Lock()
        self._is_away = False
        self._ask_again_at = 0.0

    def count(self, limit: RateLimitItem, account: str) -> Counted:
        """Count one request of `account`, unless that would be one too many."""
        if self._shared and time.monotonic() >= self._ask_again_at:
            try:
                counted = _count(self._shared, limit, account)
            except self._shared.storage.base_exceptions as error:
                self._note_absence(error)
            else:
                self._note_return()
                return counted
        return _count(self._here, limit, account)

    def _note_absence(self, error: Exception) -> None:
        with self._lock:
            self._ask_again_at = time.monotonic() + AWAY
            if not self._is_away:
                logger.warning("Redis is away, rate limits are counted here: %s", error)
            self._is_away = True

    def _note_return(self) -> None:
        with self._lock:
            if self._is_away:
                logger.info("Redis is back, rate limits are shared again.")
            self._is_away = False


def _count(limiter: MovingWindowRateLimiter, limit: RateLimitItem, account: str) -> Counted:
    is_admitted = limiter.hit(limit, account)
    resets_at, remaining = limiter.get_window_stats(limit, account)
    return is_admitted, resets_at, remaining


def _redis(url: str) -> Storage:
    # Here, since the package is there only where REDIS_URL asks for it.
    from limits.storage import RedisStorage
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    timeouts = {"socket_timeout": TIMEOUT, "socket_connect_timeout": TIMEOUT}
    return RedisStorage(url, key_prefix="rivulet", retry=Retry(NoBackoff(), 0), **timeouts)
