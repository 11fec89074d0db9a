"""Turns at an upstream that takes only so many runs at once, or requests a minute."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F

from predictions import catalogue, claims, turns
from predictions.models import Prediction, Upstream, UpstreamRequest, Version

MINUTE = timedelta(minutes=1)


@pytest.fixture
def version(db):
    catalogue.install()
    return Version.objects.get(model__name="demo")


def limit(**limits) -> Upstream:
    Upstream.objects.update(**limits)
    return Upstream.objects.get()


def ask(version, count: int) -> list[str]:
    return [version.predict({"prompt": "x"}).id for _ in range(count)]


def claim(capacity: int = 100, held=()) -> list[str]:
    return [each.id for each in claims.claim("me", capacity, held, orphans=True)]


def end(*ids: str) -> None:
    Prediction.objects.filter(id__in=ids).update(status="succeeded", lease_expires_at=None)


def a_minute_later() -> None:
    UpstreamRequest.objects.update(made_at=F("made_at") - MINUTE)


def test_without_limits_all_that_the_worker_has_room_for_begin(version):
    asked = ask(version, 5)

    assert [claim(3), claim(3)] == [asked[:3], asked[3:]]


def test_only_so_many_run_at_once_and_the_oldest_is_next(version):
    limit(max_runs=2)
    asked = ask(version, 4)

    begun, at_once = claim(), claim()
    end(begun[0])
    after = claim()

    assert (begun, at_once, after) == (asked[:2], [], asked[2:3])


def test_who_waits_for_an_upstream_does_not_hold_up_another(version):
    limit(max_runs=1)
    full = ask(version, 3)
    Version.objects.update(upstream=Upstream.objects.create(name="other", kind="demo"))
    free = ask(Version.objects.get(pk=version.pk), 2)

    assert [claim(1), claim(1), claim()] == [[full[0]], [free[0]], [free[1]]]


def test_who_comes_while_the_places_are_given_away_waits_like_the_others(version):
    limit(max_runs=1)
    asked, late = ask(version, 1), []
    other = Upstream.objects.create(name="other", kind="demo", max_runs=1)
    Version.objects.update(upstream=other)
    version = Version.objects.get(pk=version.pk)

    def arrive(execute, sql, *rest):
        answer = execute(sql, *rest)
        if sql.startswith('SELECT "predictions_upstream"') and not late:
            late.append("they come")
            late[:] = ask(version, 3)
        return answer

    with connection.execute_wrapper(arrive):
        begun = claim()

    assert len(late) == 3
    assert begun == asked, "on PostgreSQL each statement sees who came before it"
    assert claim() == late[:1]


def test_a_minute_has_only_so_many_requests(version):
    limit(requests_a_minute=2)
    asked = ask(version, 5)

    begun = claim()
    end(*begun)
    in_the_same_minute = claim()
    a_minute_later()

    assert (begun, in_the_same_minute, claim()) == (asked[:2], [], asked[2:4])
    assert UpstreamRequest.objects.count() == 2, "those of the last minute are forgotten"


def test_a_limit_of_requests_counts_only_what_begins(version):
    limit(requests_a_minute=2, max_runs=1)
    ask(version, 3)

    claim()

    assert UpstreamRequest.objects.count() == 1


def test_asking_again_takes_a_request_too_or_says_how_long_to_wait(version):
    upstream = limit(requests_a_minute=2)
    ask(version, 1)
    claim()

    first, second = turns.another_request(upstream), turns.another_request(upstream)
    a_minute_later()

    assert first == 0
    assert 55 < second <= 60
    assert turns.another_request(upstream) == 0


def test_asking_again_costs_nothing_where_there_is_no_limit(version):
    assert turns.another_request(limit(max_runs=1)) == 0
    assert not UpstreamRequest.objects.exists()


def test_asking_again_is_free_once_the_limit_or_the_upstream_is_gone(version):
    limited = limit(requests_a_minute=1)
    Upstream.objects.update(requests_a_minute=None)
    without_limit = turns.another_request(limited)
    Version.objects.all().delete()
    Upstream.objects.all().delete()

    assert (without_limit, turns.another_request(limited)) == (0, 0)


def test_a_run_whose_lease_lapsed_while_the_database_was_away_keeps_its_place(version):
    limit(max_runs=1)
    ask(version, 2)
    begun = claim()
    Prediction.objects.filter(id__in=begun).update(lease_expires_at="2000-01-01T00:00Z")

    assert claim(held=begun) == []


def test_who_lost_a_run_cannot_hand_it_over(version):
    ask(version, 1)
    (first,) = claims.claim("me", 1, (), orphans=True)
    claims.release(first.id, first.epoch)
    claim()
    other = Upstream.objects.create(name="other", kind="demo")

    claims.hand_over(first.id, first.epoch, other, "")

    assert Prediction.objects.get().upstream == version.upstream


def test_an_orphan_does_not_take_two_places(version):
    limit(max_runs=1)
    ask(version, 2)
    begun = claim()
    Prediction.objects.filter(id__in=begun).update(lease_expires_at="2000-01-01T00:00Z")

    assert claim() == begun


def test_what_is_to_be_stopped_needs_no_place(version):
    limit(max_runs=1)
    asked = ask(version, 3)
    claim()
    Prediction.objects.get(id=asked[2]).cancel()

    assert claim() == [asked[2]]


def test_each_who_waits_knows_the_place_in_the_line(version):
    limit(max_runs=1)
    asked = ask(version, 3)
    claim()

    assert [Prediction.objects.get(id=id).place for id in asked] == [None, 1, 2]
