"""What a prediction cost, by the prices of the day it was made."""

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from predictions import catalogue, events
from predictions.events import log
from predictions.models import DONE, Prediction, Price, Upstream, Version

pytestmark = pytest.mark.django_db
COUNTS = {"input_token_count": 1_000, "output_token_count": 3}
Status = Prediction.Status


@pytest.fixture
def version() -> Version:
    catalogue.install()
    return Version.objects.named("rivulet/demo")


def price(version: Version, input: str, output: str, days_ago: float = 1, **fields) -> Price:
    starts_at = timezone.now() - timedelta(days=days_ago)
    fields = {"input": Decimal(input), "output": Decimal(output), **fields}
    return version.prices.create(starts_at=starts_at, **fields)


def start(version: Version, **fields) -> Prediction:
    fields = {"upstream": version.upstream, "status": "processing", "input": {}, **fields}
    return Prediction.objects.create(version=version, epoch=1, **fields)


def end(prediction: Prediction, counts: dict, status: str = Status.SUCCEEDED) -> Prediction:
    claim = events.Claim(prediction.id, 1)
    ending = events.Ending(status, metrics=counts)
    batch = log.Batch(claim, [claim.event(DONE, "{}")], ending=ending)
    assert log.commit([batch]) == {prediction.id}
    return Prediction.objects.get(id=prediction.id)


def run(*arguments: str) -> str:
    output = io.StringIO()
    call_command("versions", *arguments, stdout=output)
    return output.getvalue()


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.FAILED, Status.CANCELED])
def test_tokens_are_charged_to_the_last_digit_however_the_run_ended(version, status):
    price(version, "0.150001", "0.6", currency="EUR")

    ended = end(start(version), COUNTS, status)

    assert ended.cost == Decimal("0.000151801")
    assert ended.cost_currency == "EUR"


def test_the_price_is_that_of_the_moment_at_which_it_was_created(version):
    for days_ago, each in ((30, "1"), (20, "2"), (10, "4"), (-1, "8")):
        price(version, each, "0", days_ago)

    ended = end(start(version, created_at=timezone.now() - timedelta(days=15)), COUNTS)

    assert ended.cost == Decimal("0.002")


def test_without_a_price_for_that_day_the_cost_is_unknown(version):
    price(version, "1", "1", days_ago=1)

    ended = end(start(version, created_at=timezone.now() - timedelta(days=2)), COUNTS)

    assert (ended.cost, ended.cost_currency) == (None, "")


@pytest.mark.parametrize("counts", [{}, {"input_token_count": 3}, {"output_token_count": 3}])
def test_without_both_counts_the_cost_is_unknown(version, counts):
    price(version, "1", "1")

    assert end(start(version), counts).cost is None


def test_nothing_at_all_costs_nothing(version):
    price(version, "0", "0")

    assert end(start(version), COUNTS).cost == 0


def test_counts_that_cannot_be_true_do_not_keep_a_run_from_ending(version):
    price(version, "999999", "999999")

    ended = end(start(version), {"input_token_count": 10**12 - 1, "output_token_count": 10**12 - 1})

    assert ended.status == Status.SUCCEEDED
    assert ended.cost is None


def test_an_ending_without_a_price_asks_the_database_no_more(
    version, django_assert_num_queries, django_assert_max_num_queries
):
    first, second = start(version), start(version)
    with django_assert_max_num_queries(50) as without:
        end(first, COUNTS)
    price(version, "1", "1")

    with django_assert_num_queries(len(without) + 1):
        end(second, COUNTS)


@pytest.fixture
def fallback(version) -> Version:
    """The same model at another upstream, which stands in for the first."""
    other = Upstream.objects.create(name="other", kind="demo")
    return Version.objects.create(
        id="f" * 64,
        model=version.model,
        upstream=other,
        upstream_model="theirs",
        openapi_schema=version.openapi_schema,
    )


def test_who_answered_in_its_place_is_paid_at_its_own_price(version, fallback):
    Version.objects.filter(id=version.id).update(fallback_model="theirs")
    price(version, "1", "1")
    price(fallback, "5", "0")

    ended = end(start(version, upstream=fallback.upstream), COUNTS)

    assert ended.cost == Decimal("0.005")


def test_where_its_price_is_not_known_the_cost_is_not_either(version, fallback):
    price(version, "1", "1")
    price(fallback, "5", "0")

    ended = end(start(version, upstream=fallback.upstream), COUNTS)  # as "demo", not as "theirs"

    assert ended.cost is None


def test_prices_are_set_replaced_and_listed_by_command(version):
    assert run("price", "rivulet/demo").endswith(": no price\n")

    run("price", "rivulet/demo", "--input", "9", "--output", "9", "--from", "2026-01-01")
    run("price", "rivulet/demo", "--input", "0.5", "--output", "1.5", "--from", "2026-01-01")
    listed = run("price", "rivulet/demo", "--input", "1", "--output", "2", "--currency", "EUR")

    first = Price.objects.get(starts_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert (first.input, first.output, first.currency) == (Decimal("0.5"), Decimal("1.5"), "USD")
    assert "0.500000 and 1.500000 USD from 2026-01-01\n" in listed
    assert f"EUR from {timezone.now():%Y-%m}" in listed
    assert end(start(version), COUNTS).cost == Decimal("0.001006")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--input", "1"], "Give both prices"),
        (["--input", "-1", "--output", "1"], "greater than or equal to 0"),
        (["--input", "1", "--output", "NaN"], "must be a decimal number"),
        (["--input", "1", "--output", "1", "--currency", "usd"], "three capital letters"),
        (["--input", "1", "--output", "one"], "must be a decimal number"),
        (["--input", "1", "--output", "1", "--from", "soon"], "a date is like 2026-01-31"),
    ],
)
def test_a_price_that_is_none_is_a_sentence(version, arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        run("price", "rivulet/demo", *arguments)
    assert not Price.objects.exists()
