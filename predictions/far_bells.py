"""The bell between processes, over Redis: what is rung in one is heard in all.

Redis may be killed, wiped or paused at any time: a ring is lost then, and with it only time. Once
it is back everybody here is woken, because nobody knows what was missed.
"""

import asyncio
import json
import logging
import secrets
from contextlib import suppress

from predictions import bus

logger = logging.getLogger(__name__)

CHANNEL = "rivulet:bells"
MOST = 10_000  # rings that wait to be passed on; more are lost
TIMEOUT = 2  # seconds, for connecting and for each ring
AWAY = 1  # seconds until Redis is tried again


class Line:
    def __init__(self, url: str) -> None:
        self._url = url
        self._name = secrets.token_hex(8)
        self._waiting: asyncio.Queue[str] = asyncio.Queue(MOST)
        self._is_away = False

    async def serve(self) -> None:
        """Pass on and hear, for ever."""
        from redis.exceptions import RedisError  # only there where REDIS_URL asks for it

        with bus.listen(bus.EVERYWHERE, self._keep):
            while True:
                try:
                    await self._hold()
                except* (RedisError, OSError) as error:
                    self._note_absence(error.exceptions[0])
                await asyncio.sleep(AWAY)

    async def _hold(self) -> None:
        from redis.asyncio import Redis

        timeouts = {"socket_timeout": TIMEOUT, "socket_connect_timeout": TIMEOUT}
        async with Redis.from_url(self._url, **timeouts) as redis, redis.pubsub() as bells:
            await bells.subscribe(CHANNEL)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._hear(bells))
                both.create_task(self._tell(redis))

    async def _hear(self, bells) -> None:
        while True:
            message = await bells.get_message(timeout=TIMEOUT)
            if message and message["type"] == "subscribe":
                self._note_return()
            elif message and message["type"] == "message":
                self._heard(message["data"])

    async def _tell(self, redis) -> None:
        while True:
            await redis.publish(CHANNEL, await self._waiting.get())

    def _heard(self, data: bytes) -> None:
        with suppress(ValueError):  # whoever else may speak there
            name, topic, *about = json.loads(data)
            if name != self._name:
                bus.ring_here(topic, *about)

    def _keep(self, *ring: str) -> None:
        if not self._waiting.full():
            self._waiting.put_nowait(json.dumps([self._name, *ring]))

    def _note_absence(self, error: BaseException) -> None:
        if not self._is_away:
            logger.warning("Redis cannot be reached, so other processes hear no bell: %s", error)
        self._is_away = True

    def _note_return(self) -> None:
        bus.ring_all_here()
        if self._is_away:
            logger.info("Other processes hear our bell again.")
        self._is_away = False
