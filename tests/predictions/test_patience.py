from predictions import patience
from predictions.patience import Patience
from predictions.upstreams import UpstreamError


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
