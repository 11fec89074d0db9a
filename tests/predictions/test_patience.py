import asyncio
from collections.abc import AsyncIterator

import pytest

from predictions import patience
from predictions.patience import Patience, in_time
from predictions.upstreams import Logs, Output, Piece, UpstreamError, Usage, Waiting


def test_an_error_that_may_pass_is_worth_a_few_tries_ever_further_apart():
    ours = Patience()
    waits = [ours.wait_after(UpstreamError("no connection")) for _ in range(4)]

    assert 0.5 <= waits[0] <= 1 <= waits[1] <= 2 <= waits[2] <= 4
    assert waits[3] is None


def test_what_the_upstream_asks_for_is_honoured_for_a_minute(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(patience.time, "monotonic", lambda: now[0])
    ours, waited = Patience(), 0

    while wait := ours.wait_after(UpstreamError("busy", retry_after=7)):
        waited += wait
        now[0] += wait

    assert waited == 56


def test_a_wait_longer_than_our_patience_is_not_begun():
    assert Patience().wait_after(UpstreamError("busy", retry_after=300)) is None


async def said(*pieces: tuple[float, Piece]) -> AsyncIterator[Piece]:
    for wait, piece in pieces:
        await asyncio.sleep(wait)
        yield piece


def heard(*pieces: tuple[float, Piece]) -> list[Piece]:
    async def hear() -> list[Piece]:
        return [piece async for piece in in_time(said(*pieces))]

    return asyncio.run(hear())


@pytest.fixture
def short(settings):
    settings.FIRST_WORD_TIMEOUT, settings.GAP_TIMEOUT = 0.2, 0.1


def test_words_in_time_come_through(short):
    pieces = [(0.15, Output("a")), (0.05, Logs("b")), (0.05, Output("c"))]

    assert heard(*pieces) == [piece for _, piece in pieces]


@pytest.mark.parametrize("nothing", [Output(""), Logs(""), Usage(1, 2)])
def test_what_is_no_word_does_not_stop_the_clock(short, nothing):
    with pytest.raises(UpstreamError, match=r"silent for 0\.2 seconds") as raised:
        heard(*[(0.04, nothing)] * 10)

    assert raised.value.retryable


def test_the_next_word_has_a_deadline_of_its_own(short):
    with pytest.raises(UpstreamError, match=r"silent for 0\.1 seconds"):
        heard((0.15, Output("a")), (0.15, Output("b")))


def test_an_upstream_that_says_why_it_has_not_begun_is_waited_for(short):
    starting = Waiting("The model is starting.")

    pieces = heard(*[(0.15, starting)] * 4, (0.15, Output("a")))

    assert pieces == [starting] * 4 + [Output("a")]
