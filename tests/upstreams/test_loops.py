import asyncio

from predictions.upstreams.loops import one_per_loop


def test_a_loop_has_one_thing_and_closes_it():
    log = []

    @one_per_loop
    async def thing():
        log.append("open")
        await asyncio.sleep(0.01)
        try:
            yield object()
        finally:
            await asyncio.sleep(0)
            log.append("closed")

    async def use() -> set[int]:
        return {id(one) for one in await asyncio.gather(*(thing() for _ in range(10)))}

    assert len(asyncio.run(use())) == 1
    assert log == ["open", "closed"]
    asyncio.run(use())
    assert log == ["open", "closed"] * 2


def test_one_who_gives_up_does_not_take_it_from_the_others():
    @one_per_loop
    async def thing():
        await asyncio.sleep(0.03)
        yield "thing"

    async def use() -> str:
        impatient = asyncio.create_task(thing())
        await asyncio.sleep(0)
        impatient.cancel()
        return await thing()

    assert asyncio.run(use()) == "thing"
