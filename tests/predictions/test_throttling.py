"""Rate limits: counted by account, told in headers, shared over processes, never in the way."""

import time

import httpx
import pytest
from limits import RateLimitItemPerMinute

from predictions.api import counts
from predictions.api.throttling import limit_of
from tests.running import STORY, RunningServer, wait_until

UNKNOWN = "/v1/predictions/unknown"  # to ask for it costs one of the other requests


def create(server: RunningServer) -> httpx.Response:
    short = {"prompt": "x", "max_new_tokens": 1}
    return server.post("/v1/predictions", {"version": STORY, "input": short})


def remaining(response: httpx.Response) -> int:
    return int(response.headers["RateLimit-Remaining"])


def test_a_burst_past_the_limit_is_refused_with_the_time_to_wait(make_server):
    server = make_server(RATE_LIMIT_CREATES="3")

    answers = [create(server) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [201] * 3 + [429] * 3
    refused = answers[-1]
    seconds = int(refused.headers["Retry-After"])
    assert 50 < seconds <= 60
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json() == {
        "title": "Too many requests",
        "detail": f"Request was throttled. Your rate limit resets in ~{seconds}s.",
        "status": 429,
        "retry_after": seconds,
    }
    assert server.get(UNKNOWN).status_code == 404, "creates and other requests count apart"


def test_every_answer_tells_what_is_left(make_server):
    server = make_server(RATE_LIMIT_REQUESTS="5")
    reader = server.manage("token", "reader", "--read-only").strip()

    missing = server.get(UNKNOWN)
    unreadable = server.get("/v1/predictions/%00")
    forbidden = httpx.post(
        f"{server.url}/v1/predictions/x/cancel", headers={"Authorization": f"Bearer {reader}"}
    )

    assert [each.status_code for each in (missing, unreadable, forbidden)] == [404, 404, 403]
    assert [remaining(each) for each in (missing, unreadable, forbidden)] == [4, 3, 2]
    assert missing.headers["RateLimit-Limit"] == "5"
    assert 1 <= int(missing.headers["RateLimit-Reset"]) <= 60


def test_the_defaults_are_those_of_replicate(server):
    assert create(server).headers["RateLimit-Limit"] == "600"
    assert server.get(UNKNOWN).headers["RateLimit-Limit"] == "3000"


@pytest.mark.parametrize(
    "path", ["/v1/models/meta/llama/predictions", "/v1/deployments/a/b/predictions"]
)
def test_a_create_by_any_address_counts_as_one(path, rf, settings):
    assert limit_of(rf.post(path)).amount == settings.RATE_LIMIT_CREATES
    assert limit_of(rf.get(path)).amount == settings.RATE_LIMIT_REQUESTS
    assert limit_of(rf.post(f"{path}/x/cancel")).amount == settings.RATE_LIMIT_REQUESTS


def test_creates_count_apart_also_where_both_limits_are_the_same(rf, settings):
    settings.RATE_LIMIT_CREATES = settings.RATE_LIMIT_REQUESTS = 5
    creates, requests = limit_of(rf.post("/v1/predictions")), limit_of(rf.get("/v1/predictions"))

    assert creates.key_for("admin") != requests.key_for("admin")


def test_who_goes_on_asking_is_let_in_again_since_refusals_do_not_count(make_server):
    server = make_server(RATE_LIMIT_REQUESTS="3", RATE_LIMIT_WINDOW="2")
    started = time.monotonic()
    while server.get(UNKNOWN).status_code != 429:
        assert time.monotonic() - started < 2

    wait_until(lambda: server.get(UNKNOWN).status_code == 404, seconds=4)

    assert time.monotonic() - started >= 2


def test_each_account_has_its_own_count(make_server):
    server = make_server(RATE_LIMIT_REQUESTS="2")
    eve = server.stranger("eve")
    second = server.manage("token", "another of admin's").strip()

    statuses = [server.get(UNKNOWN).status_code for _ in range(3)]
    mine, hers = (
        httpx.get(server.url + UNKNOWN, headers=headers)
        for headers in ({"Authorization": f"Bearer {second}"}, eve)
    )

    assert statuses == [404, 404, 429]
    assert mine.status_code == 429
    assert hers.status_code == 404


def test_nought_is_no_limit(make_server):
    server = make_server(RATE_LIMIT_REQUESTS="0")

    assert "RateLimit-Limit" not in server.get(UNKNOWN).headers


def test_who_has_no_token_learns_nothing_of_limits(server):
    response = httpx.get(server.url + UNKNOWN)

    assert response.status_code == 401
    assert "RateLimit-Limit" not in response.headers


@pytest.fixture
def two_servers(make_server, redis):
    """Two servers that share one Redis and a limit of six."""
    how = {"REDIS_URL": redis.url, "RATE_LIMIT_REQUESTS": "6"}
    return make_server(**how), make_server(**how)


def test_two_servers_share_one_count(two_servers):
    one, other = two_servers

    left = [remaining(server.get(UNKNOWN)) for server in (one, other, one, other, one, other)]

    assert left == [5, 4, 3, 2, 1, 0]
    assert one.get(UNKNOWN).status_code == other.get(UNKNOWN).status_code == 429


def test_when_redis_is_killed_each_counts_for_itself_until_it_is_back(two_servers, redis):
    one, other = two_servers
    assert remaining(one.get(UNKNOWN)) == 5

    redis.kill()
    left = [remaining(server.get(UNKNOWN)) for server in (one, one, other, one)]
    assert left == [5, 4, 5, 3]
    redis.start()
    wait_until(lambda: "Redis is back" in one.output() + ask(one), seconds=15)

    assert one.output().count("Redis is away") == other.output().count("Redis is away") == 1


def ask(server: RunningServer) -> str:
    server.get(UNKNOWN)
    return ""


def test_a_redis_that_hangs_holds_nobody_up(make_server, redis):
    server = make_server(REDIS_URL=redis.url)
    usual = timed(server)

    redis.pause()
    waits = [timed(server) for _ in range(5)]
    redis.revive()

    assert max(waits) < usual + 0.5
    assert server.output().count("Redis is away") == 1


def test_only_the_first_waits_for_a_redis_that_hangs(redis):
    counting = counts.Counts(redis.url)
    limit = RateLimitItemPerMinute(100)
    assert counting.count(limit, "somebody")[2] == 99

    redis.pause()
    started = time.monotonic()
    for _ in range(20):
        counting.count(limit, "somebody")
    redis.revive()

    assert counts.TIMEOUT <= time.monotonic() - started < 3 * counts.TIMEOUT


def test_an_outage_is_said_once(monkeypatch, caplog):
    monkeypatch.setattr(counts, "AWAY", 0)
    nobody = counts.Counts("redis://127.0.0.1:1")

    left = [nobody.count(RateLimitItemPerMinute(5), "somebody")[2] for _ in range(3)]

    assert left == [4, 3, 2]
    assert caplog.text.count("Redis is away") == 1


def test_a_redis_that_is_not_there_at_the_start_does_not_matter(make_server):
    server = make_server(REDIS_URL="redis://127.0.0.1:1", RATE_LIMIT_REQUESTS="2")

    assert [server.get(UNKNOWN).status_code for _ in range(3)] == [404, 404, 429]


def timed(server: RunningServer) -> float:
    started = time.monotonic()
    assert server.get(UNKNOWN).status_code == 404
    return time.monotonic() - started
