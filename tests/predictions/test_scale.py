"""What is asked often costs no more when there are many predictions: it enters an index.

Counted in steps of SQLite's machine, which are the same on a busy computer.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.utils import timezone

from predictions import claims, retention
from predictions.api.creation import _known
from predictions.api.paging import _beyond
from predictions.api.schemas.catalogue import model_objects
from predictions.models import ApiToken, LanguageModel, Prediction, Upstream, Version
from predictions.upstreams.schemas import streaming_schema

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="counts SQLite's steps"),
]
MANY = 3000
NOW = timezone.now()


@pytest.fixture
def fill():
    """Makes that many predictions which ended long ago, a second after one another."""
    owner = get_user_model().objects.create_user("ann")
    version = Version.objects.create(
        id="v",
        model=LanguageModel.objects.create(owner="a", name="b"),
        upstream=Upstream.objects.create(name="demo", kind="demo"),
        openapi_schema=streaming_schema({"prompt": {"type": "string"}}),
    )

    def make(count: int) -> None:
        moments = [NOW - timedelta(days=2, seconds=n) for n in range(count)]
        Prediction.objects.bulk_create(
            Prediction(
                version=version,
                upstream=version.upstream,
                owner=owner,
                status="succeeded",
                input={},
                output=["word " * 200],
                data_removed=True,
                created_at=moment,
                completed_at=moment,
            )
            for moment in moments
        )

    return make


def steps(query: Callable[[], object]) -> int:
    """How many steps SQLite takes, to the ten."""
    count = 0

    def note() -> None:
        nonlocal count
        count += 10

    connection.ensure_connection()
    connection.connection.set_progress_handler(note, 10)
    try:
        query()
    finally:
        connection.connection.set_progress_handler(None, 0)
    return count


def a_page_from(position: int) -> list:
    mine = Prediction.objects.filter(owner__username="ann").order_by("-created_at", "-id")
    at = (NOW - timedelta(days=2, seconds=position)).isoformat()
    return list(mine.filter(_beyond(at, "", is_back=False)).values_list("created_at", "id")[:10])


def key(rf) -> None:
    request = rf.get("/")
    request.auth = get_user_model().objects.get()
    assert _known(request, "a key", "digest") is None


def wait_in_line(rf) -> None:
    Upstream.objects.update(max_runs=1, requests_a_minute=1000)
    waiting = [Version.objects.get().predict({"prompt": "x"}) for _ in range(2)]
    claims.claim("me", 10, (), orphans=True)
    assert waiting[1].place


@pytest.mark.parametrize(
    "query",
    [
        wait_in_line,
        lambda rf: claims.claim("me", 10, (), orphans=True),
        lambda rf: claims.claim("me", 10, ["held"], orphans=True),
        lambda rf: retention.remove_data(),
        lambda rf: retention.forget_keys(),
        lambda rf: retention.forget_deliveries(),
        key,
    ],
    ids=["line", "claim", "claim-beside", "data", "keys", "deliveries", "idempotency-key"],
)
def test_its_cost_does_not_grow(fill, rf, query):
    fill(30)
    few = steps(lambda: query(rf))
    fill(MANY)

    assert steps(lambda: query(rf)) < 2 * few + 500


def test_a_page_deep_in_a_list_costs_what_the_first_does(fill):
    fill(MANY)

    assert steps(lambda: a_page_from(MANY - 20)) < 2 * steps(lambda: a_page_from(0))


def test_a_page_of_the_list_costs_no_more_for_what_lies_beyond_it(fill, client):
    token = ApiToken.make(get_user_model().objects.get(), "test")

    def ask() -> None:
        page = client.get("/v1/predictions", headers={"Authorization": f"Bearer {token}"})
        assert len(page.json()["results"]) == 100

    fill(100)
    ask()
    few = steps(ask)
    fill(MANY)

    assert steps(ask) < 2 * few


def test_the_count_of_runs_reads_an_index_alone(fill, django_assert_max_num_queries):
    fill(MANY)
    models = LanguageModel.objects.runnable()

    with django_assert_max_num_queries(3) as queries:
        (model,) = model_objects(models, "http://testserver")

    assert model["run_count"] == MANY
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {queries[-1]['sql']}")
        plan = " ".join(str(row) for row in cursor.fetchall())
    assert "predictions_prediction USING COVERING INDEX" in plan
