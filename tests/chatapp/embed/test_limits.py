"""How much may be asked on a site: by visitor, by address, by all, and for how much money."""

from datetime import UTC, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from chatapp import limits
from chatapp.models import EmbedVisit, Spent, UsageDay
from predictions.models import Prediction

from ..conftest import end
from .conftest import HOST, Frame
from .test_visits import answer_of

PUBLIC = "93.184.216.34"


@pytest.fixture(autouse=True)
def behind_a_proxy(settings):
    settings.TRUST_PROXY = True


def limit(site, **limits: object) -> None:
    none = {"visitor_limit": 0, "address_limit": 0, "daily_limit": 0}
    for name, value in (none | limits).items():
        setattr(site, name, value)
    site.save()


def somebody(site, address: str = "", subject: str = "") -> Frame:
    frame = Frame(site, EmbedVisit.objects.begin(site, subject, host=HOST))
    if address:
        frame.headers["X-Forwarded-For"] = address
    return frame


def asked(frame: Frame) -> int:
    response = frame.ask()
    if response.status_code == 200:
        end(answer_of(response), "Well.")
    return response.status_code


def test_one_visitor_may_send_so_many(site):
    limit(site, visitor_limit=2)
    frame = somebody(site)

    assert [asked(frame) for _ in range(3)] == [200, 200, 429]
    assert asked(somebody(site)) == 200


def test_a_refusal_says_when_it_opens_and_speaks_of_no_login(site):
    limit(site, visitor_limit=1)
    frame = somebody(site)
    asked(frame)

    response = frame.ask()

    assert 86_300 < int(response["Retry-After"]) <= 86_400
    told = response.json()["detail"]
    assert told.startswith("You have sent 1 message in a day. You can write again at ")
    assert "log in" not in told


def test_whoever_drops_their_visit_is_known_by_their_address(site):
    limit(site, address_limit=2)

    assert [asked(somebody(site, PUBLIC)) for _ in range(3)] == [200, 200, 429]
    assert asked(somebody(site, "93.184.216.35")) == 200


def test_a_whole_64_of_ipv6_is_one_address(site):
    limit(site, address_limit=2)

    statuses = [asked(somebody(site, f"2606:4700:1:1::{n}")) for n in range(3)]

    assert statuses == [200, 200, 429]
    assert asked(somebody(site, "2606:4700:1:2::1")) == 200


def test_whom_the_server_vouches_for_is_not_counted_by_address(site):
    limit(site, address_limit=1, visitor_limit=2)
    asked(somebody(site, PUBLIC))

    ann = [asked(somebody(site, PUBLIC, subject="ann")) for _ in range(3)]

    assert ann == [200, 200, 429]  # and on all her visits together
    assert asked(somebody(site, PUBLIC, subject="bob")) == 200


def test_all_visitors_together_may_send_so_many(site):
    limit(site, daily_limit=2)

    assert [asked(somebody(site)) for _ in range(3)] == [200, 200, 429]


def test_a_day_later_there_is_room_again(site):
    limit(site, daily_limit=1)
    asked(somebody(site))
    Spent.objects.update(sent_at=timezone.now() - timedelta(days=1, seconds=1))

    assert asked(somebody(site)) == 200


def test_without_limits_there_is_none(site, settings):
    settings.CHAT_DAILY_MESSAGES_ANONYMOUS = 1
    limit(site)
    frame = somebody(site, PUBLIC)

    assert [asked(frame) for _ in range(3)] == [200] * 3


def test_the_chat_page_and_other_sites_are_counted_by_themselves(site, settings, client):
    settings.CHAT_DAILY_MESSAGES_ANONYMOUS = 1
    limit(site, address_limit=5)
    for _ in range(2):
        asked(somebody(site, PUBLIC))

    response = client.post("/ask/", {"text": "Hello"}, headers={"X-Forwarded-For": PUBLIC})

    assert response.status_code == 302


def cost(site, amount: str, day=None, currency: str = "USD") -> None:
    UsageDay.objects.create(
        day=day or timezone.now().astimezone(UTC).date(),
        source=Prediction.Source.WEB,
        site=site.name,
        currency=currency,
        cost=Decimal(amount),
    )


def test_a_budget_that_is_used_up_ends_the_day(site):
    limit(site, budget=Decimal("1.00"))
    frame = somebody(site)
    cost(site, "0.99")
    assert asked(frame) == 200

    cost(site, "0.01")

    response = frame.ask()
    assert response.status_code == 429
    assert response.json()["detail"].startswith("This chat has answered as much as it may for now.")
    assert 0 < int(response["Retry-After"]) <= 86_400


def test_what_was_paid_yesterday_or_in_another_currency_is_not_this_budget(site):
    limit(site, budget=Decimal("1.00"))
    yesterday = timezone.now().astimezone(UTC).date() - timedelta(days=1)
    cost(site, "5", day=yesterday)
    cost(site, "5", currency="EUR")

    assert asked(somebody(site)) == 200


def test_few_that_are_left_are_told(site):
    limit(site, visitor_limit=limits.NEAR + 1, budget=Decimal("1"))

    response = somebody(site).ask()

    assert response["Messages-Left"] == str(limits.NEAR)
