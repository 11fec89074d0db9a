"""Two servers on one database: what happens at one rings at the other, over Redis."""

import asyncio
import time

import pytest

from tests.doorbells import Visitor, at_the_door, ring_of


@pytest.fixture
def two_servers(make_server, redis):
    return [make_server(REDIS_URL=redis.url) for _ in range(2)]


def rings_at(other, visitor: Visitor, disturb=lambda: None, seconds: float = 5) -> float:
    """How long the ring of a turn that `visitor` asks takes to the `other` server."""

    async def listen() -> float:
        async with at_the_door(other, visitor.cookie) as socket:
            assert await ring_of(socket) == ""
            await asyncio.to_thread(disturb)
            asked = await asyncio.to_thread(visitor.ask)
            began = time.monotonic()
            while await ring_of(socket, seconds) != asked["conversation"]:
                pass
            return time.monotonic() - began

    return asyncio.run(listen())


def test_a_turn_at_one_server_rings_at_the_other_within_a_second(two_servers):
    here, there = two_servers
    visitor = Visitor(here)
    visitor.ask()

    assert rings_at(there, visitor) < 1


def test_without_redis_both_go_on_and_once_it_is_back_they_ring_again(two_servers, redis):
    here, there = two_servers
    visitor = Visitor(here)
    visitor.ask()

    redis.kill()
    assert visitor.ask()["conversation"]
    redis.start()

    async def hears_again() -> None:
        async with at_the_door(there, visitor.cookie) as socket:
            async with asyncio.timeout(20):
                while True:
                    asked = await asyncio.to_thread(visitor.ask)
                    try:
                        while await ring_of(socket, 0.5) != asked["conversation"]:
                            pass
                        return
                    except TimeoutError:
                        pass

    asyncio.run(hears_again())
    for server in two_servers:
        assert "Traceback" not in server.output()
        assert server.output().count("hear no bell") <= 1


def test_a_redis_that_hangs_holds_nobody_up(two_servers, redis):
    here, there = two_servers
    visitor = Visitor(here)
    visitor.ask()

    redis.pause()
    began = time.monotonic()
    visitor.ask()
    took = time.monotonic() - began
    redis.revive()

    assert took < 1
    assert rings_at(there, visitor, seconds=10) < 10


def test_who_missed_rings_is_told_to_look_once_redis_is_back(two_servers, redis):
    here, there = two_servers
    visitor = Visitor(here)
    visitor.ask()

    async def listen() -> str:
        async with at_the_door(there, visitor.cookie) as socket:
            assert await ring_of(socket) == ""
            await asyncio.to_thread(redis.kill)
            await asyncio.to_thread(visitor.ask)
            await asyncio.to_thread(redis.start)
            return await ring_of(socket, seconds=15)

    assert asyncio.run(listen()) == ""
